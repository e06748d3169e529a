using System.Buffers;
using System.Numerics;
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

/// <summary>
/// Some series of an index, as read. Their memory is counted before it is taken, and lent by the pool of arrays: who is done with them may give
/// it back.
/// </summary>
public sealed class SeriesEntries : IDisposable
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
        // As long as the arrays of the pool are.
        var length = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, expected));
        memory?.Take((EntryBytes + (UsualLabels * LabelBytes)) * length);
        _memory = memory;
        _entries = ArrayPool<SeriesEntry>.Shared.Rent(length);
        _labelEnds = ArrayPool<int>.Shared.Rent(length);
        _labels = ArrayPool<SymbolPair>.Shared.Rent(UsualLabels * length);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        (Count, _labelCount) = (0, 0);
        GiveBack(ref _entries);
        GiveBack(ref _labelEnds);
        GiveBack(ref _labels);
    }

    internal void AddLabel(SymbolPair label)
    {
        if (_labelCount == _labels.Length)
        {
            _memory?.Take(LabelBytes * _labelCount);
            Double(ref _labels);
        }

        _labels[_labelCount++] = label;
    }

    // Ends the labels added since the last series.
    internal void Add(SeriesEntry entry)
    {
        if (Count == _entries.Length)
        {
            _memory?.Take(EntryBytes * Count);
            Double(ref _entries);
            Double(ref _labelEnds);
        }

        _entries[Count] = entry;
        _labelEnds[Count++] = _labelCount;
    }

    // Forgets the labels added since the last series.
    internal void Drop() => _labelCount = Count == 0 ? 0 : _labelEnds[Count - 1];

    private static void Double<T>(ref T[] array)
    {
        var larger = ArrayPool<T>.Shared.Rent(2 * array.Length);
        array.CopyTo(larger, 0);
        GiveBack(ref array);
        array = larger;
    }

    private static void GiveBack<T>(ref T[] array)
    {
        ArrayPool<T>.Shared.Return(array);
        array = [];
    }
}
