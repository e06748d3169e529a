using System.Buffers;
using Pyro.Memory;

namespace Pyro.Api.Peers;

/// <summary>The bytes cannot be an <see cref="AppendRequest"/>, or it is larger than one may be.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="tooLarge">Over a limit rather than malformed.</param>
public sealed class AppendFormatException(string message, bool tooLarge = false) : Exception(message)
{
    /// <summary>Over a limit rather than malformed.</summary>
    public bool TooLarge { get; } = tooLarge;
}

/// <summary>
/// Records on their way to an ingester: the body of an <see cref="AppendRequest"/> as it lies in a leased buffer. Who starts a call
/// holds a share of <see cref="Lease"/> until the call has ended.
/// </summary>
public sealed class AppendBatch
{
    /// <summary>Longest body, and so longest record.</summary>
    public const int BytesMax = 16 << 20;

    /// <summary>Most records of one request.</summary>
    public const int RecordsMax = 1 << 16;

    /// <summary>Tag of field 1, length-delimited.</summary>
    internal const byte RecordTag = 0x0A;

    private readonly int[] _start, _length;

    internal AppendBatch(Lease lease, int[] start, int[] length, int count, bool fromWire)
    {
        (Lease, _start, _length, Count, FromWire) = (lease, start, length, count, fromWire);
    }

    /// <summary>Holds the bytes of the records.</summary>
    public Lease Lease { get; }

    /// <summary>How many records.</summary>
    public int Count { get; }

    /// <summary>Whether the marshaller made it, so that its first share belongs to the call that is served.</summary>
    internal bool FromWire { get; }

    /// <summary>One encoded record.</summary>
    public ReadOnlyMemory<byte> Record(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)Count, nameof(i));
        return Lease.Memory.Slice(_start[i], _length[i]);
    }

    /// <summary>Takes a body from the wire: copies it once, since the sequence dies with the call, and finds the records in it.</summary>
    /// <exception cref="AppendFormatException">Malformed or over a limit.</exception>
    public static AppendBatch Parse(in ReadOnlySequence<byte> body)
    {
        if (body.Length > BytesMax)
        {
            throw new AppendFormatException($"An append of {body.Length} bytes is larger than the {BytesMax} one may have.", tooLarge: true);
        }

        Lease lease = Lease.Copy(body);
        try
        {
            ReadOnlySpan<byte> bytes = lease.Memory.Span;
            int count = Scan(bytes, [], []);
            int[] start = new int[count], length = new int[count];
            Scan(bytes, start, length);
            return new AppendBatch(lease, start, length, count, fromWire: true);
        }
        catch (AppendFormatException)
        {
            lease.Release();
            throw;
        }
    }

    /// <summary>Counts the records and, when there is room, tells where they lie. Unknown fields are skipped as protobuf demands.</summary>
    private static int Scan(ReadOnlySpan<byte> bytes, Span<int> start, Span<int> length)
    {
        int count = 0, at = 0;
        while (at < bytes.Length)
        {
            ulong tag = Varint(bytes, ref at);
            if (tag != RecordTag)
            {
                Skip(bytes, ref at, tag);
                continue;
            }

            int size = Size(bytes, ref at);
            if (count < start.Length)
            {
                (start[count], length[count]) = (at, size);
            }

            at += size;
            if (++count > RecordsMax)
            {
                throw new AppendFormatException($"An append has more than {RecordsMax} records.", tooLarge: true);
            }
        }

        return count;
    }

    private static void Skip(ReadOnlySpan<byte> bytes, ref int at, ulong tag)
    {
        if (tag >> 3 is 0 or > 0x1FFFFFFF)
        {
            throw new AppendFormatException($"An append has an impossible field tag at byte {at}.");
        }

        switch (tag & 7)
        {
            case 0:
                Varint(bytes, ref at);
                return;
            case 1:
                Advance(bytes, ref at, 8);
                return;
            case 2:
                Advance(bytes, ref at, Size(bytes, ref at));
                return;
            case 5:
                Advance(bytes, ref at, 4);
                return;
            default:
                throw new AppendFormatException($"An append has an unknown wire type at byte {at}.");
        }
    }

    private static void Advance(ReadOnlySpan<byte> bytes, ref int at, int count)
    {
        if (count > bytes.Length - at)
        {
            throw new AppendFormatException($"An append is cut short at byte {at}.");
        }

        at += count;
    }

    private static int Size(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong size = Varint(bytes, ref at);
        if (size > (ulong)(bytes.Length - at))
        {
            throw new AppendFormatException($"An append is cut short at byte {at}.");
        }

        return (int)size;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (at >= bytes.Length)
            {
                throw new AppendFormatException($"An append is cut short at byte {at}.");
            }

            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new AppendFormatException($"An append has a number of more than ten bytes at byte {at}.");
    }
}
