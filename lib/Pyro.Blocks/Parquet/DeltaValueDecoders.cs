using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pyro.Blocks.Parquet;

/// <summary>DELTA_BINARY_PACKED of whole numbers.</summary>
internal sealed class DeltaNumbers(ParquetColumn column) : ValueDecoder(column)
{
    private readonly DeltaDecoder _decoder = new();

    public override void Start(ReadOnlySpan<byte> bytes) => _decoder.Start(bytes);

    public override void Read(ReadOnlySpan<byte> bytes, int count, ColumnBatch into)
    {
        Need(count <= _decoder.Left);
        Span<long> numbers = into.AddNumbers(count);
        _decoder.Read(bytes, numbers);
        if (Column.Type == ParquetType.Int64)
        {
            return;
        }

        // Sums that wrap at 64 bits are right in their lower 32.
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = Column.IsUnsigned ? (uint)numbers[i] : (int)numbers[i];
        }
    }
}

/// <summary>A column of lengths within a page of bytes: packed numbers that end somewhere.</summary>
internal sealed class DeltaLengths
{
    private readonly DeltaDecoder _decoder = new();
    private readonly long[] _some = new long[256];
    private int _at, _end, _from;

    /// <summary>Begins at a place and answers where the bytes after the lengths begin.</summary>
    public int Start(ReadOnlySpan<byte> bytes, int from)
    {
        _from = from;
        ReadOnlySpan<byte> lengths = bytes[from..];
        _decoder.Start(lengths);
        while (_decoder.Left > 0)
        {
            _decoder.Read(lengths, _some.AsSpan(0, Math.Min(_some.Length, _decoder.Left)));
        }

        int end = from + _decoder.Finish(lengths);
        _decoder.Start(lengths);
        _at = _end = 0;
        return end;
    }

    /// <summary>The next length.</summary>
    public int Next(ReadOnlySpan<byte> bytes)
    {
        if (_at == _end)
        {
            _end = Math.Min(_some.Length, _decoder.Left);
            _at = 0;
            _decoder.Read(bytes[_from..], _some.AsSpan(0, _end));
            if (_end == 0)
            {
                throw new InvalidDataException("fewer values than the page's header says");
            }
        }

        // Lengths are of 32 bits, and so wrap there.
        int length = (int)_some[_at++];
        return length >= 0 ? length : throw new InvalidDataException($"a value of {length} bytes");
    }
}

/// <summary>DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes.</summary>
internal sealed class DeltaLengthBytes(ParquetColumn column) : ValueDecoder(column)
{
    private readonly DeltaLengths _lengths = new();
    private int _position;

    public override void Start(ReadOnlySpan<byte> bytes) => _position = _lengths.Start(bytes, 0);

    public override void Read(ReadOnlySpan<byte> bytes, int count, ColumnBatch into)
    {
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
        int length = _lengths.Next(bytes);
        Need(length <= bytes.Length - _position);
        _position += length;
        return bytes.Slice(_position - length, length);
    }
}

/// <summary>DELTA_BYTE_ARRAY: how much of the value before is kept, then what follows it as DELTA_LENGTH_BYTE_ARRAY.</summary>
internal sealed class DeltaBytes(ParquetColumn column) : ValueDecoder(column)
{
    private readonly DeltaLengths _kept = new(), _lengths = new();
    private byte[] _last = [];
    private int _lastLength, _position;

    public override void Start(ReadOnlySpan<byte> bytes)
    {
        _position = _lengths.Start(bytes, _kept.Start(bytes, 0));
        _lastLength = 0;
    }

    public override void Read(ReadOnlySpan<byte> bytes, int count, ColumnBatch into)
    {
        for (int i = 0; i < count; i++)
        {
            int kept = _kept.Next(bytes), length = _lengths.Next(bytes);
            Need(kept <= _lastLength && length <= bytes.Length - _position && (Column.Width == 0 || kept + length == Column.Width));
            ReadOnlySpan<byte> tail = bytes.Slice(_position, length);
            _position += length;
            if (_last.Length < kept + length)
            {
                Array.Resize(ref _last, Math.Max(kept + length, 2 * _last.Length));
            }

            tail.CopyTo(_last.AsSpan(kept));
            _lastLength = kept + length;
            if (Column.Width > 0)
            {
                _last.AsSpan(0, _lastLength).CopyTo(into.AddFixed(1));
            }
            else
            {
                into.AddBytes(_last.AsSpan(0, _lastLength));
            }
        }
    }
}

/// <summary>Indexes into the dictionary of the chunk.</summary>
internal sealed class DictionaryDecoder(ParquetColumn column, ColumnBatch dictionary) : ValueDecoder(column)
{
    private readonly RleDecoder _indexes = new();
    private readonly uint[] _some = new uint[1024];

    public override void Start(ReadOnlySpan<byte> bytes) => _indexes.Start(Math.Min(1, bytes.Length), bytes.Length, bytes.IsEmpty ? 0 : bytes[0]);

    public override void Read(ReadOnlySpan<byte> bytes, int count, ColumnBatch into)
    {
        while (count > 0)
        {
            Span<uint> some = _some.AsSpan(0, Math.Min(count, _some.Length));
            _indexes.Read(bytes, some);
            if (dictionary.Count == 0 || some.ContainsAnyExceptInRange(0u, (uint)dictionary.Count - 1))
            {
                throw new InvalidDataException($"an index into a dictionary of {dictionary.Count} goes past its end");
            }

            Look(some, into);
            count -= some.Length;
        }
    }

    public override void Skip(ReadOnlySpan<byte> bytes, int count) => _indexes.Skip(bytes, count);

    private void Look(ReadOnlySpan<uint> indexes, ColumnBatch into)
    {
        if (!Column.IsBytes)
        {
            ReadOnlySpan<long> values = dictionary.Numbers;
            Span<long> numbers = into.AddNumbers(indexes.Length);
            ref long first = ref MemoryMarshal.GetReference(values);
            for (int i = 0; i < indexes.Length; i++)
            {
                // Checked before: all are within the dictionary.
                numbers[i] = Unsafe.Add(ref first, indexes[i]);
            }

            return;
        }

        foreach (uint index in indexes)
        {
            ReadOnlySpan<byte> value = dictionary.BytesOf((int)index);
            if (Column.Width > 0)
            {
                value.CopyTo(into.AddFixed(1));
            }
            else
            {
                into.AddBytes(value);
            }
        }
    }
}
