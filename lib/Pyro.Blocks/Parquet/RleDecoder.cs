namespace Pyro.Blocks.Parquet;

/// <summary>
/// Reads the RLE / bit-packed hybrid of levels, dictionary indexes and booleans piece by piece. The bytes are given anew with each call.
/// Source: the Parquet format's Encodings.md.
/// </summary>
internal sealed class RleDecoder
{
    private int _position, _end, _width;
    private long _left;
    private bool _packed;
    private int _packedStart;
    private long _packedAt;
    private uint _value;

    /// <summary>Starts with a part of the bytes that holds nothing else.</summary>
    public void Start(int from, int end, int width)
    {
        if (width is < 0 or > 32)
        {
            throw new InvalidDataException($"runs of numbers of {width} bits");
        }

        (_position, _end, _width, _left) = (from, end, width, 0);
    }

    /// <summary>The next numbers, which must be under 256.</summary>
    public void Read(ReadOnlySpan<byte> bytes, Span<byte> into)
    {
        Span<uint> some = stackalloc uint[64];
        while (!into.IsEmpty)
        {
            int count = Run(bytes, into.Length);
            if (!_packed)
            {
                into[..count].Fill((byte)_value);
            }
            else if (_width == 1)
            {
                BitPacking.UnpackBits(bytes[_packedStart.._end], Bit(), into[..count]);
            }
            else
            {
                count = Math.Min(count, some.Length);
                BitPacking.Unpack(bytes[_packedStart.._end], Bit(), _width, some[..count]);
                for (int i = 0; i < count; i++)
                {
                    into[i] = (byte)some[i];
                }
            }

            Advance(count);
            into = into[count..];
        }
    }

    /// <summary>The next numbers.</summary>
    public void Read(ReadOnlySpan<byte> bytes, Span<uint> into)
    {
        while (!into.IsEmpty)
        {
            int count = Run(bytes, into.Length);
            if (_packed)
            {
                BitPacking.Unpack(bytes[_packedStart.._end], Bit(), _width, into[..count]);
            }
            else
            {
                into[..count].Fill(_value);
            }

            Advance(count);
            into = into[count..];
        }
    }

    /// <summary>Passes over numbers.</summary>
    public void Skip(ReadOnlySpan<byte> bytes, int count)
    {
        while (count > 0)
        {
            int some = Run(bytes, count);
            Advance(some);
            count -= some;
        }
    }

    private int Bit() => checked((int)(_packedAt * _width));

    private void Advance(int count)
    {
        _left -= count;
        _packedAt += count;
    }

    /// <summary>How many of the wanted numbers the current run has.</summary>
    private int Run(ReadOnlySpan<byte> bytes, int wanted)
    {
        while (_left == 0)
        {
            NextRun(bytes);
        }

        return (int)Math.Min(_left, wanted);
    }

    private void NextRun(ReadOnlySpan<byte> bytes)
    {
        uint head = Varint(bytes);
        _packed = (head & 1) != 0;
        if (!_packed)
        {
            _left = head >> 1;
            _value = 0;
            for (int i = 0; i < (_width + 7) / 8; i++)
            {
                _value |= (uint)Byte(bytes) << (8 * i);
            }

            if (_width < 32 && _value >> _width != 0)
            {
                throw new InvalidDataException($"a run of {_value} where numbers have {_width} bits");
            }

            return;
        }

        long groups = head >> 1, length = groups * _width, there = _end - _position;
        _packedStart = _position;
        _packedAt = 0;

        // Some writers leave out what the last group does not fill.
        _left = length <= there ? groups * 8 : there * 8 / _width;
        _position += (int)Math.Min(length, there);
        if (_left == 0 && groups > 0)
        {
            throw new InvalidDataException("runs of numbers are cut off");
        }
    }

    private uint Varint(ReadOnlySpan<byte> bytes)
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte b = Byte(bytes);
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("the head of a run is longer than five bytes");
    }

    private byte Byte(ReadOnlySpan<byte> bytes) =>
        _position < _end ? bytes[_position++] : throw new InvalidDataException("runs of numbers are cut off");
}
