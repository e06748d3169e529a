using Pyro.Memory;

namespace Pyro.Blocks.Index;

/// <summary>A label of a series: the numbers of its name and value among the symbols of the index.</summary>
/// <param name="Name">Symbol of the name.</param>
/// <param name="Value">Symbol of the value.</param>
public readonly record struct SymbolPair(uint Name, uint Value);

/// <summary>What an index tells of one series beside its labels.</summary>
/// <param name="Reference">Where it lies in the index, in units of 16 bytes.</param>
/// <param name="Fingerprint">Hash of the labels.</param>
/// <param name="SeriesIndex">Its number in profiles.parquet.</param>
/// <param name="MinTime">Time of its first profile in ns.</param>
/// <param name="MaxTime">Time of its last profile in ns.</param>
public readonly record struct SeriesEntry(uint Reference, ulong Fingerprint, uint SeriesIndex, long MinTime, long MaxTime)
{
    /// <summary>Entries begin at multiples of so many bytes.</summary>
    public const int Alignment = 16;
}

/// <summary>Some series of an index, as read. Their memory is counted before it is taken.</summary>
public sealed class SeriesEntries
{
    // An entry with the end of its labels; a label.
    private const long EntryBytes = 44, LabelBytes = 8;

    // As most series have.
    private const int UsualLabels = 8;

    private readonly Reservation? _memory;
    private SeriesEntry[] _entries;
    private int[] _labelEnds;
    private SymbolPair[] _labels;
    private int _labelCount;

    internal SeriesEntries(int expected, Reservation? memory)
    {
        memory?.Take((EntryBytes + (UsualLabels * LabelBytes)) * expected);
        _memory = memory;
        _entries = new SeriesEntry[expected];
        _labelEnds = new int[expected];
        _labels = new SymbolPair[UsualLabels * expected];
    }

    /// <summary>How many series.</summary>
    public int Count { get; private set; }

    /// <summary>The series, ascending by reference when they were asked for so.</summary>
    public ReadOnlySpan<SeriesEntry> Series => _entries.AsSpan(0, Count);

    /// <summary>The labels of one of them in stored order.</summary>
    public ReadOnlySpan<SymbolPair> Labels(int series)
    {
        var start = series == 0 ? 0 : _labelEnds[series - 1];
        return _labels.AsSpan(start, _labelEnds[series] - start);
    }

    /// <summary>All labels, series after series.</summary>
    internal ReadOnlySpan<SymbolPair> AllLabels => _labels.AsSpan(0, _labelCount);

    internal void AddLabel(SymbolPair label)
    {
        if (_labelCount == _labels.Length)
        {
            var length = Math.Max(64, 2 * _labelCount);
            _memory?.Take(LabelBytes * (length - _labels.Length));
            Array.Resize(ref _labels, length);
        }

        _labels[_labelCount++] = label;
    }

    // Ends the labels added since the last series.
    internal void Add(SeriesEntry entry)
    {
        if (Count == _entries.Length)
        {
            var length = Math.Max(16, 2 * Count);
            _memory?.Take(EntryBytes * (length - _entries.Length));
            Array.Resize(ref _entries, length);
            Array.Resize(ref _labelEnds, _entries.Length);
        }

        _entries[Count] = entry;
        _labelEnds[Count++] = _labelCount;
    }

    // Forgets the labels added since the last series.
    internal void Drop() => _labelCount = Count == 0 ? 0 : _labelEnds[Count - 1];
}
