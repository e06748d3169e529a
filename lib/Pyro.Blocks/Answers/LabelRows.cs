using System.Buffers;
using Pyro.Memory;
using Pyro.Profiles;

namespace Pyro.Blocks.Answers;

/// <summary>
/// Label sets as numbers: a row for each, of its pairs by ascending name. In a pair are the place of the name among the names in byte order and
/// that of the value among the values in byte order, so that rows are sorted without comparing texts. Memory is as much as there are pairs, and
/// is counted before it is taken.
/// </summary>
/// <param name="memory">Where it is counted.</param>
public sealed class LabelRows(Reservation memory) : IDisposable
{
    private const int FewRows = 64, FewPairs = 8 * FewRows;

    // Rows between two looks at whether the answer is still wanted.
    private const int Stride = 1 << 12;

    private ulong[] _pairs = [];
    private int[] _ends = [];
    private int _pairCount;
    private Rented<int>? _order;

    /// <summary>Rows.</summary>
    public int Count { get; private set; }

    /// <summary>The pairs of all rows, row after row.</summary>
    public Span<ulong> Pairs => _pairs.AsSpan(0, _pairCount);

    /// <summary>The pairs of a row.</summary>
    public ReadOnlySpan<ulong> this[int row] => Pairs[StartOf(row).._ends[row]];

    /// <summary>A pair of a column, which is the place of its name, and a value.</summary>
    // 0 is left for sets that have ended.
    public static ulong Pair(int column, int value) => ((ulong)(uint)(column + 1) << 32) | (uint)value;

    /// <summary>The column of a pair.</summary>
    public static int Column(ulong pair) => (int)(pair >> 32) - 1;

    /// <summary>The value of a pair.</summary>
    public static int Value(ulong pair) => (int)pair;

    /// <summary>Adds a pair to the row that is being made.</summary>
    /// <exception cref="MemoryBudgetException">There is no room for it.</exception>
    public void Add(int column, int value)
    {
        if (_pairCount == _pairs.Length)
        {
            Grow(ref _pairs, FewPairs, sizeof(ulong));
        }

        _pairs[_pairCount++] = Pair(column, value);
    }

    /// <summary>Ends the row that was being made.</summary>
    /// <exception cref="MemoryBudgetException">There is no room for it.</exception>
    public void EndRow()
    {
        if (Count == _ends.Length)
        {
            Grow(ref _ends, FewRows, sizeof(int));
        }

        _ends[Count++] = _pairCount;
    }

    /// <summary>The rows in ascending order of their label sets, one of equal ones. Sorts the pairs of each.</summary>
    /// <exception cref="MemoryBudgetException">There is no room for it.</exception>
    public ReadOnlySpan<int> Sorted(CancellationToken cancellation)
    {
        if (Count == 0)
        {
            return [];
        }

        memory.Take((sizeof(int) + sizeof(ulong)) * (long)Count);
        _order = new Rented<int>(Count);
        using var keys = new Rented<ulong>(Count);
        for (var row = 0; row < Count; row++)
        {
            _order.Span[row] = row;
            Pairs[StartOf(row).._ends[row]].Sort();
        }

        var open = new Stack<Part>([new Part(0, Count, 0)]);
        for (var seen = 0; open.TryPop(out var part); seen += part.End - part.Start)
        {
            if (seen >= Stride)
            {
                cancellation.ThrowIfCancellationRequested();
                seen = 0;
            }

            Sort(part, _order.Span, keys.Span, open);
        }

        return _order.Span[..Distinct(_order.Span)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _order?.Dispose();
        (Count, _pairCount) = (0, 0);
        Replace(ref _pairs, []);
        Replace(ref _ends, []);
    }

    private int StartOf(int row) => row == 0 ? 0 : _ends[row - 1];

    // By the pair at one place: those that come before are equal. What is equal there too is left for the next place.
    private void Sort(Part part, Span<int> order, Span<ulong> keys, Stack<Part> open)
    {
        order = order[part.Start..part.End];
        keys = keys[..order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            var row = this[order[i]];
            keys[i] = part.Place < row.Length ? row[part.Place] : 0;
        }

        if (keys[1..].ContainsAnyExcept(keys[0]))
        {
            keys.Sort(order);
        }

        for (int start = 0, end; start < keys.Length; start = end)
        {
            var other = keys[start..].IndexOfAnyExcept(keys[start]);
            end = other < 0 ? keys.Length : start + other;
            if (end - start > 1 && keys[start] != 0)
            {
                open.Push(new Part(part.Start + start, part.Start + end, part.Place + 1));
            }
        }
    }

    private int Distinct(Span<int> order)
    {
        var count = 0;
        foreach (var row in order)
        {
            if (count == 0 || !this[row].SequenceEqual(this[order[count - 1]]))
            {
                order[count++] = row;
            }
        }

        return count;
    }

    private void Grow<T>(ref T[] array, int atFirst, int size)
    {
        var length = Math.Max(atFirst, 2 * array.Length);
        memory.Take((long)(length - array.Length) * size);
        Replace(ref array, ArrayPool<T>.Shared.Rent(length));
    }

    private static void Replace<T>(ref T[] array, T[] other)
    {
        array.AsSpan(0, Math.Min(array.Length, other.Length)).CopyTo(other);
        ArrayPool<T>.Shared.Return(array);
        array = other;
    }

    /// <summary>Rows whose first pairs are equal.</summary>
    /// <param name="Start">The first of them in the order.</param>
    /// <param name="End">The one after them.</param>
    /// <param name="Place">How many pairs are equal.</param>
    private readonly record struct Part(int Start, int End, int Place);
}
