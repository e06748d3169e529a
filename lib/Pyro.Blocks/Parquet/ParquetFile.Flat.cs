using System.Buffers;

namespace Pyro.Blocks.Parquet;

/// <summary>Columns without lists, read whole for some rows: one value a row, 0 (or no bytes) where it is null.</summary>
public sealed partial class ParquetFile
{
    /// <summary>Bytes that a read of one flat column fetches ahead.</summary>
    private const long FlatBudget = 4 << 20;

    /// <summary>Reads numbers.</summary>
    /// <exception cref="DamagedBlockException">The file is damaged.</exception>
    public async ValueTask ReadInt64(ParquetColumn column, RowRanges rows, Memory<long> into, CancellationToken cancellation)
    {
        await using RowScan scan = Flat(column, rows, into.Length, bytes: false);
        while (await scan.Next(cancellation))
        {
            scan[0].Numbers.CopyTo(into.Span[scan.FirstOrdinal..]);
        }
    }

    /// <summary>Reads numbers of 32 bits.</summary>
    /// <exception cref="DamagedBlockException">The file is damaged.</exception>
    public async ValueTask ReadInt32(ParquetColumn column, RowRanges rows, Memory<int> into, CancellationToken cancellation)
    {
        await using RowScan scan = Flat(column, rows, into.Length, bytes: false);
        while (await scan.Next(cancellation))
        {
            Narrow(scan[0].Numbers, into.Span[scan.FirstOrdinal..]);
        }

        static void Narrow(ReadOnlySpan<long> numbers, Span<int> into)
        {
            for (int i = 0; i < numbers.Length; i++)
            {
                into[i] = (int)numbers[i];
            }
        }
    }

    /// <summary>Reads booleans.</summary>
    /// <exception cref="DamagedBlockException">The file is damaged.</exception>
    public async ValueTask ReadBooleans(ParquetColumn column, RowRanges rows, Memory<bool> into, CancellationToken cancellation)
    {
        await using RowScan scan = Flat(column, rows, into.Length, bytes: false);
        while (await scan.Next(cancellation))
        {
            Copy(scan[0].Numbers, into.Span[scan.FirstOrdinal..]);
        }

        static void Copy(ReadOnlySpan<long> numbers, Span<bool> into)
        {
            for (int i = 0; i < numbers.Length; i++)
            {
                into[i] = numbers[i] != 0;
            }
        }
    }

    /// <summary>Reads values of 16 bytes, one after another; zeros where they are null.</summary>
    /// <exception cref="DamagedBlockException">The file is damaged, or the values are of another length.</exception>
    public async ValueTask ReadFixed16(ParquetColumn column, RowRanges rows, Memory<byte> into, CancellationToken cancellation)
    {
        const int Size = 16;
        await using RowScan scan = Flat(column, rows, into.Length / Size, bytes: true);
        if (column.Width != Size)
        {
            throw new DamagedBlockException(Name, -1, $"column {column.Path} has no values of {Size} bytes");
        }

        while (await scan.Next(cancellation))
        {
            scan[0].Bytes.CopyTo(into.Span[(scan.FirstOrdinal * Size)..]);
        }
    }

    /// <summary>Reads values of any length: their bytes one after another, and where in them each ends.</summary>
    /// <exception cref="DamagedBlockException">The file is damaged, or there are more bytes than the limit.</exception>
    public async ValueTask ReadBytes(
        ParquetColumn column, RowRanges rows, IBufferWriter<byte> into, Memory<int> ends, int bytesMax, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(into);
        await using RowScan scan = Flat(column, rows, ends.Length, bytes: true);
        int length = 0;
        while (await scan.Next(cancellation))
        {
            ReadOnlySpan<byte> bytes = scan[0].Bytes;
            if (bytes.Length > bytesMax - length)
            {
                throw new DamagedBlockException(Name, -1, $"column {column.Path} has more than the {bytesMax} bytes it may have");
            }

            into.Write(bytes);
            for (int i = 0; i < scan.Count; i++)
            {
                ends.Span[scan.FirstOrdinal + i] = length + (column.Width > 0 ? (i + 1) * column.Width : scan[0].ByteEnds[i]);
            }

            length += bytes.Length;
        }
    }

    private RowScan Flat(ParquetColumn column, RowRanges rows, int room, bool bytes)
    {
        if (column.MaxRepetition > 0 || column.IsBytes != bytes)
        {
            throw new DamagedBlockException(Name, -1, $"column {column.Path} is a list or of another type than it should be");
        }

        return room >= rows.Rows ? Scan(rows, FlatBudget, column) : throw new ArgumentException($"room for {room} values of {rows.Rows}");
    }
}
