using System.Text;
using Pyro.Profiles.Labels;

namespace Pyro.Ingester.Head;

/// <summary>The values of a label in byte order, their texts in UTF-8 side by side: answers read them one after another. Never changed.</summary>
public sealed class OrderedValues
{
    private readonly int[] _ids;
    private readonly int[] _ends;
    private readonly byte[] _texts;

    private OrderedValues(int[] ids, int[] ends, byte[] texts) => (_ids, _ends, _texts) = (ids, ends, texts);

    /// <summary>No values.</summary>
    public static OrderedValues None { get; } = new([], [], []);

    /// <summary>How many.</summary>
    public int Count => _ids.Length;

    /// <summary>The ids by rank.</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <summary>The text of a rank.</summary>
    public ReadOnlySpan<byte> this[int rank]
    {
        get
        {
            var start = rank == 0 ? 0 : _ends[rank - 1];
            return _texts.AsSpan(start, _ends[rank] - start);
        }
    }

    /// <summary>Bytes that a value takes.</summary>
    public static long BytesOf(string value) => Encoding.UTF8.GetByteCount(value) + (2L * sizeof(int));

    /// <summary>These and the values that came since: they are sorted and merged in.</summary>
    /// <param name="values">All values by id.</param>
    public OrderedValues With(ReadOnlySpan<string> values)
    {
        var added = Sorted(values[Count..]);
        var length = _texts.Length;
        foreach (var value in values[Count..])
        {
            length += Encoding.UTF8.GetByteCount(value);
        }

        var merged = new OrderedValues(new int[values.Length], new int[values.Length], new byte[length]);
        for (var (i, a, b, end) = (0, 0, 0, 0); i < values.Length; i++)
        {
            var isKnown = b == added.Length || (a < Count && Utf8Order.Compare(values[_ids[a]], values[added[b]]) < 0);
            merged._ids[i] = isKnown ? _ids[a] : added[b];
            end += isKnown ? Copy(this[a++], merged._texts.AsSpan(end)) : Encoding.UTF8.GetBytes(values[added[b++]], merged._texts.AsSpan(end));
            merged._ends[i] = end;
        }

        return merged;
    }

    // The ids of what was added.
    private int[] Sorted(ReadOnlySpan<string> added)
    {
        var ids = new int[added.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = Count + i;
        }

        added.ToArray().AsSpan().Sort(ids.AsSpan(), Utf8Order.Comparer);
        return ids;
    }

    private static int Copy(ReadOnlySpan<byte> text, Span<byte> into)
    {
        text.CopyTo(into);
        return text.Length;
    }
}
