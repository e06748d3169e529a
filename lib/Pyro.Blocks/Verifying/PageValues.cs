using System.Buffers.Binary;
using Pyro.Blocks.Parquet;

namespace Pyro.Blocks.Verifying;

/// <summary>Least and greatest value of pages, and how many are not null.</summary>
internal sealed class PageValues(ParquetColumn column)
{
    private long _least = long.MaxValue, _greatest = long.MinValue;
    private byte[]? _leastBytes, _greatestBytes;

    /// <summary>Values that are not null.</summary>
    public int Present { get; private set; }

    /// <summary>Adds values.</summary>
    public void Add(ColumnBatch batch)
    {
        var nulls = batch.Nulls;
        for (var i = 0; i < batch.Count; i++)
        {
            if (!nulls.IsEmpty && nulls[i] != 0)
            {
                continue;
            }

            Present++;
            if (column.IsBytes)
            {
                Add(batch.BytesOf(i));
            }
            else
            {
                var number = Ordered(batch.Numbers[i]);
                _least = Math.Min(_least, number);
                _greatest = Math.Max(_greatest, number);
            }
        }
    }

    /// <summary>Whether these are the extremes; of bytes of any length the first bytes are enough, of the greatest with the last of them counted up.</summary>
    public bool AreWithin(byte[] min, byte[] max)
    {
        if (column.Type is ParquetType.Float or ParquetType.Double or ParquetType.Int96)
        {
            return true;
        }

        return column.IsBytes
            ? IsCut(_leastBytes, min) && (IsCut(_greatestBytes, max) || IsCutUp(_greatestBytes, max))
            : TryNumber(min, out var least) && TryNumber(max, out var greatest) && least == _least && greatest == _greatest;
    }

    private bool IsCut(ReadOnlySpan<byte> value, ReadOnlySpan<byte> cut) => column.Width > 0 ? value.SequenceEqual(cut) : value.StartsWith(cut);

    private static bool IsCutUp(ReadOnlySpan<byte> value, ReadOnlySpan<byte> cut) =>
        cut is [.. var same, var last] && cut.Length < value.Length && value.StartsWith(same) && last == value[same.Length] + 1;

    private void Add(ReadOnlySpan<byte> value)
    {
        if (_leastBytes is null || value.SequenceCompareTo(_leastBytes) < 0)
        {
            _leastBytes = value.ToArray();
        }

        if (_greatestBytes is null || value.SequenceCompareTo(_greatestBytes) > 0)
        {
            _greatestBytes = value.ToArray();
        }
    }

    // Numbers of 64 bits without sign compare as those with their highest bit turned.
    private long Ordered(long number) => column is { IsUnsigned: true, Width: 8 } ? number ^ long.MinValue : number;

    private bool TryNumber(byte[] stored, out long number)
    {
        number = 0;
        switch (stored.Length)
        {
            case 1 when column.Type == ParquetType.Boolean:
                number = stored[0];
                return true;
            case 4 when column.Width == 4:
                number = column.IsUnsigned ? BinaryPrimitives.ReadUInt32LittleEndian(stored) : BinaryPrimitives.ReadInt32LittleEndian(stored);
                return true;
            case 8 when column.Width == 8:
                number = Ordered(BinaryPrimitives.ReadInt64LittleEndian(stored));
                return true;
            default:
                return false;
        }
    }
}
