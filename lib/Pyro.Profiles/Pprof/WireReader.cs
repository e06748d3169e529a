using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pyro.Profiles.Pprof;

/// <summary>Reads protobuf wire format from a span; every read is checked against the end of the message.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxGroupDepth = 64;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>Whether the whole message is read.</summary>
    public readonly bool AtEnd => _at == _bytes.Length;

    /// <summary>Where the next read begins.</summary>
    public readonly int Position => _at;

    /// <summary>Field number and wire type of the next field.</summary>
    public uint Tag()
    {
        ulong tag = Varint();
        if (tag is < 8 or > uint.MaxValue)
        {
            throw new PprofFormatException("a field has an illegal number");
        }

        return (uint)tag;
    }

    /// <summary>Up to ten bytes, seven bits each; bits beyond the 64th are dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Varint()
    {
        int at = _at;
        if ((uint)at < (uint)_bytes.Length && _bytes[at] < 0x80)
        {
            _at = at + 1;
            return _bytes[at];
        }

        return LongVarint();
    }

    /// <summary>The bytes of a length-delimited field.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        ulong length = Varint();
        if (length > (ulong)(_bytes.Length - _at))
        {
            throw Truncated();
        }

        ReadOnlySpan<byte> field = _bytes.Slice(_at, (int)length);
        _at += (int)length;
        return field;
    }

    /// <summary>Passes over a field that is not known.</summary>
    public void Skip(uint tag) => Skip(tag, 0);

    private static PprofFormatException Truncated() => new("unexpected end of the message");

    private void Skip(uint tag, int depth)
    {
        switch (tag & 7)
        {
            case 0:
                Varint();
                break;
            case 1:
                Pass(8);
                break;
            case 2:
                Bytes();
                break;
            case 3 when depth < MaxGroupDepth:
                uint inner;
                while (((inner = Tag()) & 7) != 4)
                {
                    Skip(inner, depth + 1);
                }

                if (inner >> 3 != tag >> 3)
                {
                    throw new PprofFormatException("a group ends that never began");
                }

                break;
            case 5:
                Pass(4);
                break;
            default:
                throw new PprofFormatException("a field has an illegal wire type");
        }
    }

    private void Pass(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw Truncated();
        }

        _at += count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong LongVarint()
    {
        ReadOnlySpan<byte> rest = _bytes[_at..];
        if (rest.Length >= 8)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(rest), stop = ~word & 0x8080808080808080;
            if (stop != 0)
            {
                _at += (BitOperations.TrailingZeroCount(stop) >> 3) + 1;
                return Fold(word & (stop ^ (stop - 1)));
            }
        }

        ulong value = 0;
        for (int i = 0; i < 10; i++)
        {
            if (i == rest.Length)
            {
                throw Truncated();
            }

            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] < 0x80)
            {
                _at += i + 1;
                return value;
            }
        }

        throw new PprofFormatException("a varint is longer than ten bytes");
    }

    /// <summary>Joins the seven low bits of each of eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Fold(ulong word)
    {
        word = (word & 0x007F007F007F007F) | ((word & 0x7F007F007F007F00) >> 1);
        word = (word & 0x00003FFF00003FFF) | ((word & 0x3FFF00003FFF0000) >> 2);
        return (word & 0x000000000FFFFFFF) | ((word & 0x0FFFFFFF00000000) >> 4);
    }
}
