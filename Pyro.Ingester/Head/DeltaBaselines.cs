using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>
/// The highest values seen of a tenant's cumulative series, by stack, across heads: what is stored of such a series is what each
/// profile adds to the one before. A baseline lives in the head that took the last profile of its series: the log's records of that head
/// tell it whole, so that it survives when the log has nothing else any more.
/// </summary>
/// <param name="clock">Tells which series nobody writes to any more.</param>
public sealed class DeltaBaselines(TimeProvider clock)
{
    private static readonly TimeSpan Idle = TimeSpan.FromHours(12);
    private readonly Dictionary<ulong, Baseline> _bySeries = [];

    /// <summary>Held while a row is turned into its increase and added; taken before the tenant's row lock.</summary>
    public Lock Gate { get; } = new();

    /// <summary>
    /// Replaces the values of a row by their increase since the last profile of the series. Nothing remains of the first profile and
    /// of one in which any value went down (the counter was reset). As in Pyroscope a stack that comes twice in a profile is compared
    /// twice, so that different values of one stack are a reset. Under <see cref="Gate"/>.
    /// </summary>
    /// <param name="labels">The series, as read of the record.</param>
    /// <param name="partition">Where the stack ids belong.</param>
    /// <param name="record">The profile.</param>
    /// <param name="type">Which of its types.</param>
    /// <param name="stacks">Stack ids.</param>
    /// <param name="values">Cumulative values in, increases out.</param>
    /// <returns>How many samples remain, at the front of both lists.</returns>
    public int Subtract(SeriesLabels labels, Partition partition, ProfileRecord record, int type, Span<int> stacks, Span<long> values)
    {
        if (_bySeries.TryGetValue(labels.Fingerprint, out var baseline))
        {
            baseline.LastUse = clock.GetTimestamp();
            baseline.MoveTo(partition);
            return baseline.Subtract(stacks, values);
        }

        Add(labels, partition, record, type).Set(stacks, values);
        return 0;
    }

    /// <summary>Takes a baseline of the log in: what the series came to before the records that follow. Under <see cref="Gate"/>.</summary>
    public void Set(SeriesLabels labels, Partition partition, ProfileRecord record, ReadOnlySpan<int> stacks, ReadOnlySpan<long> values)
    {
        var baseline = _bySeries.GetValueOrDefault(labels.Fingerprint) ?? Add(labels, partition, record, 0);
        baseline.Replace(partition, stacks, values);
    }

    /// <summary>Whether a series of a record has a baseline that lives in another head.</summary>
    public bool Lacks(TenantHead head, ProfileRecord record) => Lacking(head, record).Count > 0;

    /// <summary>The series of a record whose baselines live in another head.</summary>
    public List<ulong> Lacking(TenantHead head, ProfileRecord record)
    {
        var lacking = new List<ulong>();
        var labels = SeriesLabels.Own;
        labels.Read(record);
        for (var type = 0; type < record.TypeCount; type++)
        {
            labels.Type(type);
            if (labels.Cumulative)
            {
                lock (Gate)
                {
                    if (_bySeries.TryGetValue(labels.Fingerprint, out var baseline) && !head.Owns(baseline.Partition))
                    {
                        lacking.Add(labels.Fingerprint);
                    }
                }
            }
        }

        return lacking;
    }

    /// <summary>The series whose baselines live in a head.</summary>
    public List<ulong> Of(TenantHead head)
    {
        lock (Gate)
        {
            var series = new List<ulong>();
            foreach (var (fingerprint, baseline) in _bySeries)
            {
                if (head.Owns(baseline.Partition))
                {
                    series.Add(fingerprint);
                }
            }

            return series;
        }
    }

    /// <summary>Forgets the series that had no profile for twelve hours: the next one begins anew.</summary>
    public void ForgetIdle()
    {
        var now = clock.GetTimestamp();
        lock (Gate)
        {
            foreach (var (fingerprint, baseline) in _bySeries)
            {
                if (clock.GetElapsedTime(baseline.LastUse, now) > Idle)
                {
                    _bySeries.Remove(fingerprint);
                }
            }
        }
    }

    /// <summary>Writes the record by which a head's log tells a baseline.</summary>
    /// <param name="fingerprint">The series.</param>
    /// <param name="timeNanos">Any time of the head's slot.</param>
    /// <param name="writer">Writes it.</param>
    /// <param name="output">Gets the record.</param>
    /// <returns>False when the series has none.</returns>
    public bool TryEncode(ulong fingerprint, long timeNanos, BaselineWriter writer, IBufferWriter<byte> output)
    {
        lock (Gate)
        {
            if (!_bySeries.TryGetValue(fingerprint, out var baseline))
            {
                return false;
            }

            baseline.Encode(timeNanos, writer, output);
            return true;
        }
    }

    private Baseline Add(SeriesLabels labels, Partition partition, ProfileRecord record, int type)
    {
        var baseline = new Baseline(partition, BaselineRecord.TemplateOf(record, type)) { LastUse = clock.GetTimestamp() };
        _bySeries.Add(labels.Fingerprint, baseline);
        return baseline;
    }

    private sealed class Baseline(Partition partition, byte[] template)
    {
        private Dictionary<int, long> _highest = [];

        /// <summary>Where the stack ids belong.</summary>
        public Partition Partition { get; private set; } = partition;

        /// <summary>When a profile of the series came last.</summary>
        public long LastUse { get; set; }

        public void Set(ReadOnlySpan<int> stacks, ReadOnlySpan<long> values)
        {
            _highest.Clear();
            for (var i = 0; i < stacks.Length; i++)
            {
                _highest[stacks[i]] = values[i];
            }
        }

        // A new head, or another main binary: the stacks are the same, their ids are not.
        public void MoveTo(Partition partition)
        {
            if (Partition == partition)
            {
                return;
            }

            var view = Partition.View();
            var moved = new Dictionary<int, long>(_highest.Count);
            foreach (var (stack, value) in _highest)
            {
                moved[partition.InternFrom(view, stack)] = value;
            }

            (Partition, _highest) = (partition, moved);
        }

        public void Replace(Partition partition, ReadOnlySpan<int> stacks, ReadOnlySpan<long> values)
        {
            Partition = partition;
            Set(stacks, values);
        }

        public void Encode(long timeNanos, BaselineWriter writer, IBufferWriter<byte> output) =>
            writer.Write(template, timeNanos, Partition.View(), _highest, output);

        public int Subtract(Span<int> stacks, Span<long> values)
        {
            var increases = ArrayPool<long>.Shared.Rent(values.Length);
            try
            {
                if (!TryRaise(stacks, values, increases))
                {
                    Set(stacks, values);
                    return 0;
                }

                return Keep(stacks, values, increases);
            }
            finally
            {
                ArrayPool<long>.Shared.Return(increases);
            }
        }

        private bool TryRaise(ReadOnlySpan<int> stacks, ReadOnlySpan<long> values, Span<long> increases)
        {
            for (var i = 0; i < stacks.Length; i++)
            {
                ref var highest = ref CollectionsMarshal.GetValueRefOrNullRef(_highest, stacks[i]);
                if (Unsafe.IsNullRef(ref highest))
                {
                    increases[i] = values[i];
                    continue;
                }

                increases[i] = values[i] - highest;
                if (increases[i] < 0)
                {
                    return false;
                }

                highest = values[i];
            }

            return true;
        }

        private int Keep(Span<int> stacks, Span<long> values, ReadOnlySpan<long> increases)
        {
            var n = 0;
            for (var i = 0; i < stacks.Length; i++)
            {
                _highest[stacks[i]] = values[i];
                if (increases[i] != 0)
                {
                    (stacks[n], values[n]) = (stacks[i], increases[i]);
                    n++;
                }
            }

            return n;
        }
    }
}
