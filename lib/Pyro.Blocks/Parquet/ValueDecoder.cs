using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pyro.Blocks.Parquet;

/// <summary>
/// Reads the values of one page piece by piece and adds them to a batch. The bytes are those of the values alone, the same with each call.
/// Faults are <see cref="InvalidDataException"/>.
/// </summary>
internal abstract class ValueDecoder(ParquetColumn column)
{
    private const int ScratchValues = 1024;
    private ColumnBatch? _scratch;

    /// <summary>The column whose values are read.</summary>
    protected ParquetColumn Column => column;

    /// <summary>Begins a page.</summary>
    public abstract void Start(ReadOnlySpan<byte> bytes);

    /// <summary>Adds the next values.</summary>
    public abstract void Read(ReadOnlySpan<byte> bytes, int count, ColumnBatch into);

    /// <summary>Passes over values.</summary>
    public virtual void Skip(ReadOnlySpan<byte> bytes, int count)
    {
        _scratch ??= new ColumnBatch(column);
        while (count > 0)
        {
            int some = Math.Min(count, ScratchValues);
            _scratch.Clear();
            Read(bytes, some, _scratch);
            count -= some;
        }
    }

    /// <summary>The decoder of an encoding.</summary>
    public static ValueDecoder Of(ParquetEncoding encoding, ParquetColumn column, ColumnBatch? dictionary) => (encoding, column.Type) switch
    {
        (ParquetEncoding.PlainDictionary or ParquetEncoding.RleDictionary, _) =>
            new DictionaryDecoder(column, dictionary ?? throw new InvalidDataException("indexes without a dictionary")),
        (ParquetEncoding.Plain, ParquetType.Boolean) => new PlainBooleans(column),
        (ParquetEncoding.Rle, ParquetType.Boolean) => new RleBooleans(column),
        (ParquetEncoding.Plain, ParquetType.ByteArray) => new PlainBytes(column),
        (ParquetEncoding.Plain, _) => new PlainFixed(column),
        (ParquetEncoding.DeltaBinaryPacked, ParquetType.Int32 or ParquetType.Int64) => new DeltaNumbers(column),
        (ParquetEncoding.DeltaLengthByteArray, ParquetType.ByteArray) => new DeltaLengthBytes(column),
        (ParquetEncoding.DeltaByteArray, ParquetType.ByteArray or ParquetType.FixedLenByteArray) => new DeltaBytes(column),
        (ParquetEncoding.ByteStreamSplit, not (ParquetType.Boolean or ParquetType.ByteArray or ParquetType.Int96)) => new SplitStreams(column),
        _ => throw new InvalidDataException($"encoding {encoding} of {column.Type}"),
    };

    /// <summary>Refuses what is not there.</summary>
    protected static void Need(bool there)
    {
        if (!there)
        {
            throw new InvalidDataException("fewer values than the page's header says");
        }
    }

    /// <summary>Numbers of 32 bits as 64.</summary>
    protected static void Widen(ReadOnlySpan<byte> bytes, Span<long> into, bool unsigned)
    {
        ReadOnlySpan<int> narrow = MemoryMarshal.Cast<byte, int>(bytes);
        if (unsigned)
        {
            for (int i = 0; i < into.Length; i++)
            {
                into[i] = (uint)narrow[i];
            }

            return;
        }

        for (int i = 0; i < into.Length; i++)
        {
            into[i] = narrow[i];
        }
    }
}

/// <summary>PLAIN of numbers and of bytes of one length.</summary>
internal sealed class PlainFixed(ParquetColumn column) : ValueDecoder(column)
{
    private int _position;

    public override void Start(ReadOnlySpan<byte> bytes) => _position = 0;

    public override void Read(ReadOnlySpan<byte> bytes, int count, ColumnBatch into)
    {
        ReadOnlySpan<byte> some = Take(bytes, count);
        if (Column.IsBytes)
        {
            some.CopyTo(into.AddFixed(count));
        }
        else if (Column.Width == 8)
        {
            some.CopyTo(MemoryMarshal.AsBytes(into.AddNumbers(count)));
        }
        else
        {
            Widen(some, into.AddNumbers(count), Column.IsUnsigned);
        }
    }

    public override void Skip(ReadOnlySpan<byte> bytes, int count) => Take(bytes, count);

    private ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes, int count)
    {
        Need((long)count * Column.Width <= bytes.Length - _position);
        int at = _position;
        _position += count * Column.Width;
        return bytes[at.._position];
    }
}

/// <summary>PLAIN of bytes of any length: four bytes of length before each value.</summary>
internal sealed class PlainBytes(ParquetColumn column) : ValueDecoder(column)
{
    private int _position;

    public override void Start(ReadOnlySpan<byte> bytes) => _position = 0;

    public override void Read(ReadOnlySpan<byte> bytes, int count, ColumnBatch into)
    {
        Need(count <= (bytes.Length - _position) / 4);
        for (int i = 0; i < count; i++)
        {
            into.AddBytes(Take(bytes));
        }
    }

    public override void Skip(ReadOnlySpan<byte> bytes, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Take(bytes);
        }
    }

    private ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes)
    {
        Need(bytes.Length - _position >= 4);
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[_position..]);
        _position += 4;
        Need(length >= 0 && length <= bytes.Length - _position);
        _position += length;
        return bytes.Slice(_position - length, length);
    }
}

/// <summary>PLAIN of booleans: a bit each.</summary>
internal sealed class PlainBooleans(ParquetColumn column) : ValueDecoder(column)
{
    private long _position;

    public override void Start(ReadOnlySpan<byte> bytes) => _position = 0;

    public override void Read(ReadOnlySpan<byte> bytes, int count, ColumnBatch into)
    {
        Need(_position + count <= 8L * bytes.Length);
        Span<long> numbers = into.AddNumbers(count);
        for (int i = 0; i < count; i++, _position++)
        {
            numbers[i] = (bytes[(int)(_position >> 3)] >> (int)(_position & 7)) & 1;
        }
    }
}

/// <summary>RLE of booleans, with four bytes of length before.</summary>
internal sealed class RleBooleans(ParquetColumn column) : ValueDecoder(column)
{
    private readonly RleDecoder _runs = new();

    public override void Start(ReadOnlySpan<byte> bytes)
    {
        int length = bytes.Length < 4 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        Need(length >= 0 && length <= bytes.Length - 4 || bytes.IsEmpty);
        _runs.Start(Math.Min(4, bytes.Length), Math.Min(bytes.Length, 4 + length), 1);
    }

    public override void Read(ReadOnlySpan<byte> bytes, int count, ColumnBatch into)
    {
        Span<byte> bits = stackalloc byte[256];
        while (count > 0)
        {
            Span<byte> some = bits[..Math.Min(count, bits.Length)];
            _runs.Read(bytes, some);
            Span<long> numbers = into.AddNumbers(some.Length);
            for (int i = 0; i < some.Length; i++)
            {
                numbers[i] = some[i];
            }

            count -= some.Length;
        }
    }
}

/// <summary>BYTE_STREAM_SPLIT: the first bytes of all values, then their second ones, and so on.</summary>
internal sealed class SplitStreams(ParquetColumn column) : ValueDecoder(column)
{
    private int _position;

    public override void Start(ReadOnlySpan<byte> bytes) => _position = 0;

    public override void Read(ReadOnlySpan<byte> bytes, int count, ColumnBatch into)
    {
        int width = Column.Width, stride = bytes.Length / width;
        Need(count <= stride - _position);
        byte[] joined = new byte[count * width];
        for (int b = 0; b < width; b++)
        {
            ReadOnlySpan<byte> stream = bytes.Slice((b * stride) + _position, count);
            for (int i = 0; i < stream.Length; i++)
            {
                joined[(i * width) + b] = stream[i];
            }
        }

        _position += count;
        if (Column.IsBytes)
        {
            joined.CopyTo(into.AddFixed(count));
        }
        else if (width == 8)
        {
            joined.CopyTo(MemoryMarshal.AsBytes(into.AddNumbers(count)));
        }
        else
        {
            Widen(joined, into.AddNumbers(count), Column.IsUnsigned);
        }
    }

    public override void Skip(ReadOnlySpan<byte> bytes, int count)
    {
        Need(count <= (bytes.Length / Column.Width) - _position);
        _position += count;
    }
}
