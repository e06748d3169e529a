using System.Buffers.Binary;

namespace Pyro.Connect.Protocol.Json;

/// <summary>Reads the protobuf wire format from the front of a span, which moves on.</summary>
internal static class WireReader
{
    public static ulong Varint(scoped ref ReadOnlySpan<byte> wire)
    {
        var value = 0UL;
        for (var i = 0; i < 10 && i < wire.Length; i++)
        {
            value |= (ulong)(wire[i] & 0x7F) << (7 * i);
            if (wire[i] >= 0x80)
                continue;
            wire = wire[(i + 1)..];
            return value;
        }
        throw Malformed();
    }

    public static uint Fixed32(scoped ref ReadOnlySpan<byte> wire) => BinaryPrimitives.ReadUInt32LittleEndian(Take(ref wire, 4));

    public static ulong Fixed64(scoped ref ReadOnlySpan<byte> wire) => BinaryPrimitives.ReadUInt64LittleEndian(Take(ref wire, 8));

    public static ReadOnlySpan<byte> Bytes(scoped ref ReadOnlySpan<byte> wire) => Take(ref wire, Varint(ref wire));

    /// <summary>A value as it lies there, a length before bytes included.</summary>
    public static ReadOnlySpan<byte> Raw(scoped ref ReadOnlySpan<byte> wire, int wireType)
    {
        var start = wire;
        Skip(ref wire, wireType);
        return start[..(start.Length - wire.Length)];
    }

    public static void Skip(scoped ref ReadOnlySpan<byte> wire, int wireType)
    {
        switch (wireType)
        {
            case 0:
                Varint(ref wire);
                break;
            case 1:
                Take(ref wire, 8);
                break;
            case 2:
                Bytes(ref wire);
                break;
            case 5:
                Take(ref wire, 4);
                break;
            default:
                throw Malformed();
        }
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> wire, ulong length)
    {
        if (length > (ulong)wire.Length)
            throw Malformed();
        var taken = wire[..(int)length];
        wire = wire[(int)length..];
        return taken;
    }

    private static InvalidDataException Malformed() => new("The wire form of a message is malformed.");
}
