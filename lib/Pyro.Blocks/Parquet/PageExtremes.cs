using System.Buffers.Binary;
using System.Numerics;

namespace Pyro.Blocks.Parquet;

/// <summary>Least and greatest value of each page of a chunk, in the order of the column's type, and of the chunk as a whole.</summary>
internal sealed class PageExtremes(ParquetColumn column)
{
    /// <summary>Longer values are cut to this in the column index: the least one down, the greatest one up.</summary>
    private const int BytesMax = 16;

    private readonly List<bool> _nullPages = [];
    private readonly List<byte[]> _min = [], _max = [];
    private readonly List<long> _nullCounts = [];

    /// <summary>Values that are not there: nulls and empty lists.</summary>
    public long Nulls { get; private set; }

    /// <summary>The least value; null when there is none, or none of one length.</summary>
    public byte[]? Least => column.Type == ParquetType.ByteArray ? null : Best(_min, -1);

    /// <summary>The greatest value; null when there is none, or none of one length.</summary>
    public byte[]? Greatest => column.Type == ParquetType.ByteArray ? null : Best(_max, 1);

    /// <summary>Takes a page.</summary>
    public void Add(ReadOnlySpan<long> numbers, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> lengths, int values, int levels)
    {
        _nullPages.Add(values == 0);
        _nullCounts.Add(levels - values);
        Nulls += levels - values;
        if (values == 0)
        {
            _min.Add([]);
            _max.Add([]);
        }
        else if (column.IsBytes)
        {
            AddBytes(bytes, lengths, values);
        }
        else
        {
            AddNumbers(numbers);
        }
    }

    /// <summary>Begins the next chunk.</summary>
    public void Clear()
    {
        _nullPages.Clear();
        _min.Clear();
        _max.Clear();
        _nullCounts.Clear();
        Nulls = 0;
    }

    /// <summary>The column index.</summary>
    public ColumnIndex Index()
    {
        var index = new ColumnIndex();
        index.NullPages.AddRange(_nullPages);
        index.Min.AddRange(_min);
        index.Max.AddRange(_max);
        index.NullCounts.AddRange(_nullCounts);
        index.Order = index.IsOrdered(column, 1) ? 1 : index.IsOrdered(column, -1) ? 2 : 0;
        return index;
    }

    private byte[]? Best(List<byte[]> of, int sign)
    {
        byte[]? best = null;
        for (int i = 0; i < of.Count; i++)
        {
            if (!_nullPages[i] && (best is null || sign * ColumnIndex.Compare(column, of[i], best) > 0))
            {
                best = of[i];
            }
        }

        return best;
    }

    private void AddNumbers(ReadOnlySpan<long> numbers)
    {
        // Without sign the order is that of the numbers with their highest bit turned.
        long turn = column.IsUnsigned && column.Width == 8 ? long.MinValue : 0;
        var (low, high) = (new Vector<long>(long.MaxValue), new Vector<long>(long.MinValue));
        for (; numbers.Length >= Vector<long>.Count; numbers = numbers[Vector<long>.Count..])
        {
            Vector<long> some = new Vector<long>(numbers) ^ new Vector<long>(turn);
            (low, high) = (Vector.Min(low, some), Vector.Max(high, some));
        }

        long least = long.MaxValue, greatest = long.MinValue;
        for (int i = 0; i < Vector<long>.Count; i++)
        {
            least = Math.Min(least, low[i]);
            greatest = Math.Max(greatest, high[i]);
        }

        foreach (long number in numbers)
        {
            least = Math.Min(least, number ^ turn);
            greatest = Math.Max(greatest, number ^ turn);
        }

        _min.Add(Stored(least ^ turn));
        _max.Add(Stored(greatest ^ turn));
    }

    private byte[] Stored(long number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes[..(column.Type == ParquetType.Boolean ? 1 : column.Width)];
    }

    private void AddBytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> lengths, int values)
    {
        ReadOnlySpan<byte> least = default, greatest = default;
        for (int i = 0, at = 0; i < values; i++)
        {
            int length = column.Width > 0 ? column.Width : lengths[i];
            ReadOnlySpan<byte> value = bytes.Slice(at, length);
            at += length;
            least = i == 0 || value.SequenceCompareTo(least) < 0 ? value : least;
            greatest = i == 0 || value.SequenceCompareTo(greatest) > 0 ? value : greatest;
        }

        _min.Add(least[..Math.Min(least.Length, column.Width > 0 ? least.Length : BytesMax)].ToArray());
        _max.Add(column.Width > 0 ? greatest.ToArray() : CutUp(greatest));
    }

    /// <summary>The shortest value of at most 16 bytes that is not less; the value itself where there is none.</summary>
    private static byte[] CutUp(ReadOnlySpan<byte> value)
    {
        if (value.Length <= BytesMax)
        {
            return value.ToArray();
        }

        int last = value[..BytesMax].LastIndexOfAnyExcept((byte)0xFF);
        if (last < 0)
        {
            return value.ToArray();
        }

        byte[] cut = value[..(last + 1)].ToArray();
        cut[last]++;
        return cut;
    }
}
