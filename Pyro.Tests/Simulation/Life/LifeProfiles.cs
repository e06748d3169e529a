using System.Globalization;
using Pyro.Profiles.Records;
using Pyro.Tests.Unit.Head;

namespace Pyro.Tests.Simulation.Life;

/// <summary>What was sent in a simulated life, and what of it was answered for: each profile by a function of its own name with a value of its own.</summary>
internal sealed class LifeProfiles(Random random)
{
    private readonly Dictionary<ProfileId, ulong> _numbers = [];
    private readonly Dictionary<string, Sent> _byName = new(StringComparer.Ordinal);
    private readonly List<ProfileRecord> _recent = [];
    private ulong _sent;
    private long _counted, _firstCount, _lastCount;

    /// <summary>How many were answered for.</summary>
    public int Acknowledged => _byName.Values.Count(static s => s.By != 0);

    /// <summary>Whether any was sent more than once, so that it may lie in several blocks.</summary>
    public bool AnyAgain { get; private set; }

    /// <summary>A profile that was not there before.</summary>
    public ProfileRecord Next(long timeNanos)
    {
        var (number, value) = (++_sent, (long)random.Next(1, 100));
        var record = RecordByHand.Cpu("s" + random.Next(3)).At(timeNanos, number).Sample($"main;{Name(number)}", value).Sample("main;g", 1).Build();
        _numbers[record.Id] = number;
        _byName[Name(number)] = new(value);
        _recent.Add(record);
        return record;
    }

    /// <summary>A profile that was sent lately, once more: whoever sent it had no answer; null: there is none.</summary>
    public ProfileRecord? Again()
    {
        AnyAgain |= _recent.Count > 0;
        return _recent.Count == 0 ? null : _recent[^random.Next(1, Math.Min(_recent.Count, 20) + 1)];
    }

    /// <summary>A counter that went up by one since the last: what is stored of all comes to the last minus the first.</summary>
    public ProfileRecord NextCount(long timeNanos) => new RecordByHand().Label("__name__", "memory").Label("service_name", "a")
        .Type("alloc_space", "bytes").Period("space", "bytes").At(timeNanos, ++_sent).Sample("main;alloc", ++_counted).Build();

    /// <summary>A profile was answered for by one of the processes; a counter by the last that was made.</summary>
    public void Acknowledge(ProfileRecord record, int process)
    {
        if (_numbers.TryGetValue(record.Id, out var number))
        {
            _byName[Name(number)].By |= 1 << process;
        }
        else
        {
            _lastCount = _counted;
            _firstCount = _firstCount == 0 ? _counted : _firstCount;
        }
    }

    /// <summary>What must be in an answer of a process to a question that is asked now.</summary>
    public List<(string Name, long Value)> Known(int process) =>
        [.. _byName.Where(p => (p.Value.By & (1 << process)) != 0).Select(static p => (p.Key, p.Value.Value))];

    /// <summary>What any process answered for.</summary>
    public List<(string Name, long Value)> KnownToAny() => [.. _byName.Where(static p => p.Value.By != 0).Select(static p => (p.Key, p.Value.Value))];

    /// <summary>Compares an answer by function names with what had to be in it: all of that is in it once, and nothing else but what was sent.</summary>
    public void Check(IReadOnlyDictionary<string, long> answer, IEnumerable<(string Name, long Value)> known)
    {
        foreach (var (name, value) in known)
        {
            Assert.True(answer.GetValueOrDefault(name) == value, $"{name} of value {value} counts {answer.GetValueOrDefault(name)}");
        }

        foreach (var (name, total) in answer)
        {
            if (name.StartsWith('p'))
            {
                Assert.True(_byName.TryGetValue(name, out var sent) && sent.Value == total, $"{name} counts {total} and was sent with {sent?.Value}");
            }
        }

        // One in each profile.
        Assert.Equal(answer.Keys.Count(static n => n.StartsWith('p')), answer.GetValueOrDefault("g"));
    }

    /// <summary>Compares all rows that a process can read with what was sent; what is there counts as answered for, since it must stay.</summary>
    public void Check(IReadOnlyCollection<ProfileId> rows, int process)
    {
        var found = rows.Select(id => _numbers.GetValueOrDefault(id)).ToHashSet();
        Assert.DoesNotContain(0UL, found);
        Assert.True(AnyAgain || rows.Count == found.Count, "a row is there twice");
        foreach (var (name, sent) in _byName)
        {
            var isThere = found.Contains(ulong.Parse(name.AsSpan(1), CultureInfo.InvariantCulture));
            Assert.True(isThere || (sent.By & (1 << process)) == 0, $"{name} was acknowledged and is not there");
            sent.By |= isThere ? 1 << process : 0;
        }
    }

    /// <summary>Compares what the counter's rows come to with what was sent.</summary>
    public void CheckCount(long increases)
    {
        if (_firstCount > 0)
        {
            Assert.InRange(increases, _lastCount - _firstCount, _counted - 1);
        }
    }

    private static string Name(ulong number) => string.Create(CultureInfo.InvariantCulture, $"p{number}");

    /// <summary>A profile: its value, and a bit for each process that answered for it.</summary>
    private sealed class Sent(long value)
    {
        public long Value => value;

        public int By { get; set; }
    }
}
