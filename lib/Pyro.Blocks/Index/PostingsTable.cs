using System.Text;
using Pyro.Blocks.Files;
using Pyro.Memory;

namespace Pyro.Blocks.Index;

/// <summary>
/// Which list of series belongs to which label. Kept are the names and every 32nd value of each; the others are found by reading on from
/// there.
/// </summary>
internal sealed class PostingsTable
{
    private const int Sampling = 32;

    private const int ValuesAtFirst = 1024;

    // A name with its text and its place in the list; a sample.
    private const long NameBytes = 128, SampleBytes = 16;

    // Bytes fetched to find one value among 32.
    private const int UsualStretch = 4 << 10;

    private readonly IBlockFile _file;
    private readonly IndexToc _toc;
    private readonly Reservation? _memory;
    private readonly List<LabelName> _names = [];
    private readonly List<Sample> _samples = [];
    private byte[] _values = new byte[ValuesAtFirst];
    private int _valuesLength;

    private PostingsTable(IBlockFile file, IndexToc toc, Reservation? memory)
    {
        _file = file;
        _toc = toc;
        _memory = memory;
    }

    /// <summary>Where the list of all series lies.</summary>
    public long All { get; private set; } = -1;

    /// <summary>The label names in byte order.</summary>
    public IEnumerable<string> Names => _names.Select(static n => n.Text);

    /// <summary>Bytes of memory held, about.</summary>
    public long HeldBytes => _values.Length + (_samples.Capacity * SampleBytes) + (_names.Count * NameBytes);

    /// <summary>Walks the whole table once. What is kept is counted before it is taken.</summary>
    /// <exception cref="DamagedBlockException">It is not in order, names places outside of the lists, or its checksum is wrong.</exception>
    public static async ValueTask<PostingsTable> Load(IBlockFile file, IndexToc toc, Reservation? memory, CancellationToken cancellation)
    {
        memory?.Take(ValuesAtFirst);
        var table = new PostingsTable(file, toc, memory);
        using var section = await Section.Open(file, toc.PostingsTable, toc.Fingerprints, "entries of the postings table", cancellation);
        var count = await section.UInt32(cancellation);
        var name = new ByteText();
        var value = new ByteText();
        for (var i = 0u; i < count;)
        {
            var reader = new EntryReader(section.Held);
            var entry = Entry.Read(ref reader);
            if ((reader.Fault ?? (reader.IsShort ? null : entry.Fault(toc))) is { } fault)
            {
                throw section.Damaged(fault);
            }

            if (reader.IsShort)
            {
                await section.More(cancellation);
                continue;
            }

            var order = i == 0 ? -1 : name.Span.SequenceCompareTo(entry.Name);
            if (order > 0 || (order == 0 && value.Span.SequenceCompareTo(entry.Value) >= 0))
            {
                throw section.Damaged("are not in ascending order");
            }

            table.Add(section.Position, entry, isNewName: order != 0);
            name.Set(entry.Name);
            value.Set(entry.Value);
            section.Advance(reader.Place);
            i++;
        }

        table.EndName(section.Position);
        await section.Finish(cancellation);
        if (table.All < 0)
        {
            throw new DamagedBlockException(file.Name, toc.PostingsTable, "has no list of all series");
        }

        return table;
    }

    /// <summary>Where the list of a label lies, or -1.</summary>
    public async ValueTask<long> Find(string name, string value, CancellationToken cancellation)
    {
        if (Named(name) is not { } label)
        {
            return -1;
        }

        var wanted = Encoding.UTF8.GetBytes(value);
        var at = SampleBefore(label, wanted);
        if (at < 0)
        {
            return -1;
        }

        var end = at + 1 < label.SamplesEnd ? _samples[at + 1].Position : label.End;
        using var window = new FileWindow(_file, _samples[at].Position, end);
        while (window.Left > 0)
        {
            if (!TryRead(window, out var entry, out var size))
            {
                await window.More((int)Math.Min(window.Left, UsualStretch), cancellation);
                continue;
            }

            var order = entry.Value.SequenceCompareTo(wanted);
            if (order >= 0)
            {
                return order == 0 ? entry.Offset : -1;
            }

            window.Advance(size);
        }

        return -1;
    }

    /// <summary>The lists of the values of a name that satisfy a condition; all when it is null. The order is that of the values.</summary>
    public async ValueTask<List<long>> FindAll(string name, Func<string, bool>? condition, CancellationToken cancellation)
    {
        var offsets = new List<long>();
        if (Named(name) is not { } label)
        {
            return offsets;
        }

        using var window = new FileWindow(_file, label.Start, label.End);
        while (window.Left > 0)
        {
            if (!TryRead(window, out var entry, out var size))
            {
                await window.More((int)Math.Min(window.Left, FileWindow.Stride), cancellation);
                continue;
            }

            if (condition?.Invoke(Encoding.UTF8.GetString(entry.Value)) ?? true)
            {
                offsets.Add(entry.Offset);
            }

            window.Advance(size);
        }

        return offsets;
    }

    /// <summary>Tells the values of a name in byte order, as bytes.</summary>
    public async ValueTask Values(string name, Action<ReadOnlySpan<byte>> tell, CancellationToken cancellation)
    {
        if (Named(name) is not { } label)
        {
            return;
        }

        using var window = new FileWindow(_file, label.Start, label.End);
        while (window.Left > 0)
        {
            if (TryRead(window, out var entry, out var size))
            {
                tell(entry.Value);
                window.Advance(size);
            }
            else
            {
                await window.More((int)Math.Min(window.Left, FileWindow.Stride), cancellation);
            }
        }
    }

    // Reads the entry at the window's place; false: not enough is held. Checked again, since what is read again may have changed.
    private bool TryRead(FileWindow window, out Entry entry, out int size)
    {
        var reader = new EntryReader(window.Held);
        entry = Entry.Read(ref reader);
        size = reader.Place;
        if ((reader.Fault ?? (reader.IsShort ? null : entry.Fault(_toc))) is { } fault)
        {
            throw window.Damaged(window.Position, fault);
        }

        return !reader.IsShort;
    }

    private void Add(long position, Entry entry, bool isNewName)
    {
        if (isNewName)
        {
            EndName(position);
            if (entry.Name.IsEmpty)
            {
                All = entry.Value.IsEmpty ? entry.Offset : -1;
            }
            else
            {
                _memory?.Take(NameBytes);
                _names.Add(new LabelName(Encoding.UTF8.GetString(entry.Name), position, _samples.Count));
            }
        }

        if (_names.Count > 0 && _names[^1].Values++ % Sampling == 0)
        {
            if (_valuesLength + entry.Value.Length > _values.Length)
            {
                var length = Math.Max(2 * _values.Length, _valuesLength + entry.Value.Length);
                _memory?.Take(length - _values.Length);
                Array.Resize(ref _values, length);
            }

            if (_samples.Count == _samples.Capacity)
            {
                var capacity = Math.Max(4, 2 * _samples.Capacity);
                _memory?.Take(SampleBytes * (capacity - _samples.Capacity));
                _samples.Capacity = capacity;
            }

            entry.Value.CopyTo(_values.AsSpan(_valuesLength));
            _samples.Add(new Sample(position, _valuesLength, entry.Value.Length));
            _valuesLength += entry.Value.Length;
        }
    }

    private void EndName(long position)
    {
        if (_names.Count > 0 && _names[^1].End == 0)
        {
            _names[^1].End = position;
            _names[^1].SamplesEnd = _samples.Count;
        }
    }

    private LabelName? Named(string name) => _names.Find(n => n.Text == name);

    // The last value kept of a name that does not come behind the wanted one, or -1.
    private int SampleBefore(LabelName name, ReadOnlySpan<byte> wanted)
    {
        int low = name.SamplesStart, high = name.SamplesEnd;
        while (low < high)
        {
            var middle = (low + high) / 2;
            var sample = _samples[middle];
            if (_values.AsSpan(sample.ValueStart, sample.ValueLength).SequenceCompareTo(wanted) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low > name.SamplesStart ? low - 1 : -1;
    }

    private readonly record struct Sample(long Position, int ValueStart, int ValueLength);

    private sealed class LabelName(string text, long start, int samplesStart)
    {
        public string Text => text;

        public long Start => start;

        public int SamplesStart => samplesStart;

        public long End { get; set; }

        public int SamplesEnd { get; set; }

        public int Values { get; set; }
    }

    // A line of the table: how many keys, the keys, where the list lies.
    private readonly ref struct Entry(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int keys, long offset)
    {
        private const int NameAndValue = 2;

        public readonly ReadOnlySpan<byte> Name = name;
        public readonly ReadOnlySpan<byte> Value = value;

        public long Offset => offset;

        public static Entry Read(scoped ref EntryReader reader)
        {
            var keys = reader.Count(int.MaxValue, "a number of keys");
            var name = reader.Bytes(reader.Count(int.MaxValue, "a length"));
            var value = reader.Bytes(reader.Count(int.MaxValue, "a length"));
            return new Entry(name, value, keys, (long)Math.Min(reader.Uvarint(), long.MaxValue));
        }

        public string? Fault(IndexToc toc) =>
            keys != NameAndValue ? $"an entry has {keys} keys instead of {NameAndValue}"
            : offset < toc.Postings || offset >= toc.LabelIndexTable ? $"a list at {offset} would lie outside of the lists"
            : null;
    }
}
