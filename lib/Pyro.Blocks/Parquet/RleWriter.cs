using System.Buffers.Binary;
using System.Numerics;
using Pyro.Memory;

namespace Pyro.Blocks.Parquet;

/// <summary>
/// Writes the RLE / bit-packed hybrid from runs: long ones as runs, others packed in groups of eight. Source: the Parquet format's
/// Encodings.md.
/// </summary>
internal sealed class RleWriter : IDisposable
{
    /// <summary>Bits that a run must save to be worth two heads, its own and that of the packed numbers after it.</summary>
    private const int RunBitsMin = 32;

    /// <summary>Shorter runs are packed, too: a group is never less.</summary>
    private const int RunMin = 8;

    private readonly LeaseWriter _output = new(256), _packed = new(256);
    private int _width = 1;
    private uint _value;
    private long _count;

    // Numbers of the group that has not ended, and the bits behind those in _packed.
    private int _grouped, _bits;
    private ulong _word;

    /// <summary>Begins anew with numbers of so many bits.</summary>
    public void Start(int width)
    {
        _width = width;
        _output.Truncate(0);
        _packed.Truncate(0);
        (_grouped, _bits, _word, _count) = (0, 0, 0, 0);
    }

    /// <summary>A number so many times.</summary>
    public void Add(uint value, int count)
    {
        if (value == _value)
        {
            _count += count;
        }
        else if (count > 0)
        {
            Emit();
            (_value, _count) = (value, count);
        }
    }

    /// <summary>Numbers, each once: runs are looked for, and what lies between them is packed at once.</summary>
    public void AddAll(ReadOnlySpan<uint> values)
    {
        int at = 0;
        while (at < values.Length && values[at] == _value)
        {
            at++;
        }

        _count += at;
        while (at < values.Length)
        {
            (int run, int length) = NextRun(values, at);
            if (run > at)
            {
                Emit();
                Pack(values[at..run]);
            }

            if (length > 0)
            {
                Add(values[run], length);
            }

            at = run + length;
        }
    }

    /// <summary>All that was added since the start; valid until the next start.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        Emit();
        while (_grouped > 0)
        {
            Pack(0);
        }

        EndPacked();
        return _output.Written;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _packed.Dispose();
    }

    /// <summary>Where the next run begins and how long it is; the end and 0 when there is none.</summary>
    private static (int Start, int Length) NextRun(ReadOnlySpan<uint> values, int from)
    {
        // Wherever a run begins, four of its numbers lie at one of these places.
        for (int at = from; at + 4 <= values.Length; at += 4)
        {
            uint value = values[at];
            if (value != values[at + 3] || value != values[at + 1] || value != values[at + 2])
            {
                continue;
            }

            int start = at, end = at + 4;
            while (start > from && values[start - 1] == value)
            {
                start--;
            }

            while (end < values.Length && values[end] == value)
            {
                end++;
            }

            if (end - start >= RunMin)
            {
                return (start, end - start);
            }
        }

        return (values.Length, 0);
    }

    private void Emit()
    {
        while (_grouped > 0 && _count > 0)
        {
            Group();
        }

        bool alone = _packed.Length == 0 && _bits == 0;
        if (_count >= RunMin && (alone || _count * _width >= RunBitsMin))
        {
            EndPacked();
            Varint((ulong)_count << 1);
            for (int shift = 0; shift < _width; shift += 8)
            {
                _output.Write([(byte)(_value >> shift)]);
            }

            _count = 0;
        }

        while (_count > 0)
        {
            Group();
        }
    }

    private void Group()
    {
        Pack(_value);
        _count--;
    }

    private void Pack(uint value)
    {
        _word |= (ulong)value << _bits;
        _bits += _width;
        _grouped = (_grouped + 1) & 7;
        if (_bits >= 64)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_packed.GetSpan(sizeof(ulong)), _word);
            _packed.Advance(sizeof(ulong));
            _bits -= 64;
            _word = (ulong)value >> (_width - _bits);
        }
    }

    private void Pack(ReadOnlySpan<uint> values)
    {
        Span<byte> span = _packed.GetSpan((int)((long)values.Length * _width / 8) + sizeof(ulong));
        (ulong word, int bits, int width, int n) = (_word, _bits, _width, 0);
        foreach (uint value in values)
        {
            word |= (ulong)value << bits;
            bits += width;
            if (bits >= 64)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(span[n..], word);
                n += sizeof(ulong);
                bits -= 64;
                word = (ulong)value >> (width - bits);
            }
        }

        _packed.Advance(n);
        (_word, _bits) = (word, bits);
        _grouped = (_grouped + values.Length) & 7;
    }

    // Groups of eight numbers fill whole bytes.
    private void EndPacked()
    {
        for (; _bits > 0; _bits -= 8, _word >>= 8)
        {
            _packed.Write([(byte)_word]);
        }

        if (_packed.Length > 0)
        {
            Varint(((ulong)(_packed.Length / _width) << 1) | 1);
            _output.Write(_packed.Written);
            _packed.Truncate(0);
        }
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _output.Write([(byte)(value | 0x80)]);
        }

        _output.Write([(byte)value]);
    }

    /// <summary>Bits that the largest number takes; at least one, as not every reader takes none.</summary>
    public static int WidthOf(uint largest) => Math.Max(1, 32 - BitOperations.LeadingZeroCount(largest));
}
