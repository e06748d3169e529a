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

    private readonly LeaseWriter _output = new(256), _packed = new(256);
    private readonly uint[] _group = new uint[8];
    private int _width = 1, _grouped;
    private uint _value;
    private long _count;

    /// <summary>Begins anew with numbers of so many bits.</summary>
    public void Start(int width)
    {
        _width = width;
        _output.Truncate(0);
        _packed.Truncate(0);
        _grouped = 0;
        _count = 0;
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

    /// <summary>All that was added since the start; valid until the next start.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        Emit();
        if (_grouped > 0)
        {
            _group.AsSpan(_grouped).Clear();
            Pack();
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

    private void Emit()
    {
        if (_count == 1)
        {
            Group();
            return;
        }

        while (_grouped > 0 && _count > 0)
        {
            Group();
        }

        bool alone = _packed.Length == 0;
        if (_count >= 8 && (alone || _count * _width >= RunBitsMin))
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
        _group[_grouped++] = _value;
        _count--;
        if (_grouped == 8)
        {
            Pack();
        }
    }

    private void Pack()
    {
        ulong word = 0;
        int bits = 0;
        Span<byte> span = _packed.GetSpan(_width);
        int n = 0;
        foreach (uint value in _group)
        {
            word |= (ulong)value << bits;
            for (bits += _width; bits >= 8; bits -= 8, word >>= 8)
            {
                span[n++] = (byte)word;
            }
        }

        _packed.Advance(n);
        _grouped = 0;
    }

    private void EndPacked()
    {
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
