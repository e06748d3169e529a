using System.Buffers.Binary;
using System.Text;

namespace Aspire.Dashboard.Otlp;

/// <summary>
/// Reads the protobuf encoding field by field, without objects: a hostile message cannot make more of itself than what a caller keeps.
/// Every length is checked against what is left.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Wire types, the low three bits of a tag.</summary>
    public const uint Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5;

    private ReadOnlySpan<byte> _left = bytes;

    /// <summary>The field number times eight plus the wire type.</summary>
    public uint Tag { get; private set; }

    /// <summary>Nothing is left: the end of packed numbers.</summary>
    public readonly bool IsEmpty => _left.IsEmpty;

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool Next()
    {
        if (_left.IsEmpty)
            return false;
        var tag = ReadVarint();
        if (tag >> 3 is 0 or > 0x1FFFFFFF)
            throw new OtlpException("a field number is out of range");
        Tag = (uint)tag;
        return true;
    }

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var i = 0; i < 10 && i < _left.Length; i++)
        {
            value |= (ulong)(_left[i] & 0x7F) << (7 * i);
            if (_left[i] < 0x80)
            {
                _left = _left[(i + 1)..];
                return value;
            }
        }
        throw new OtlpException("a number does not end");
    }

    public ulong ReadFixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double ReadDouble() => BitConverter.UInt64BitsToDouble(ReadFixed64());

    /// <summary>A signed number in zig-zag form.</summary>
    public int ReadSigned()
    {
        var raw = (uint)ReadVarint();
        return (int)(raw >> 1) ^ -(int)(raw & 1);
    }

    /// <summary>The bytes of a string, a message or packed numbers.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadVarint();
        return length <= (ulong)_left.Length ? Take((int)length) : throw new OtlpException("a length goes past the end");
    }

    /// <summary>A string of at most <paramref name="limit"/> bytes; what is longer is cut. Bytes that are no UTF-8 are replaced.</summary>
    public string ReadString(int limit) => Text(ReadBytes(), limit);

    /// <summary>Passes over a field that is not known.</summary>
    public void Skip()
    {
        switch (Tag & 7)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Take(8);
                break;
            case Length:
                ReadBytes();
                break;
            case Fixed32:
                Take(4);
                break;
            default:
                throw new OtlpException($"wire type {Tag & 7} is not used by OTLP");
        }
    }

    /// <summary>UTF-8 text of at most <paramref name="limit"/> bytes, cut between characters.</summary>
    public static string Text(ReadOnlySpan<byte> bytes, int limit)
    {
        if (bytes.Length <= limit)
            return Interned.Get(Encoding.UTF8.GetString(bytes));
        var end = limit;
        while (end > limit - 4 && (bytes[end] & 0xC0) == 0x80)
            end--;
        return Encoding.UTF8.GetString(bytes[..end]) + "…";
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _left.Length)
            throw new OtlpException("a value goes past the end");
        var taken = _left[..count];
        _left = _left[count..];
        return taken;
    }
}

/// <summary>
/// Short strings that come again and again, kept once: names, keys and values of attributes. A slot holds the last string that fell
/// on it, so the table never grows; two threads that race lose a saving, nothing else.
/// </summary>
internal static class Interned
{
    private const int Slots = 8192, MaxLength = 96;

    private static readonly string?[] Table = new string?[Slots];

    public static string Get(string text)
    {
        if (text.Length > MaxLength)
            return text;
        ref var slot = ref Table[(uint)text.GetHashCode(StringComparison.Ordinal) % Slots];
        var kept = slot;
        if (kept is not null && kept == text)
            return kept;
        slot = text;
        return text;
    }
}
