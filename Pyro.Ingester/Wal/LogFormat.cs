using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Pyro.Blocks;

namespace Pyro.Ingester.Wal;

/// <summary>Names a segment file: <c>{sequence:x16}-{salt:x8}.log</c>. The salt is in the name so that a damaged header does not cost the segment.</summary>
/// <param name="Sequence">Order of the segments; at least 1.</param>
/// <param name="Salt">Starts every checksum in the segment. Random and secret, so that bytes that a client sent never pass for a frame.</param>
internal readonly record struct SegmentName(ulong Sequence, uint Salt)
{
    private const int SequenceDigits = 16, SaltDigits = 8;
    private const string Suffix = ".log";

    public override string ToString() => $"{Sequence:x16}-{Salt:x8}{Suffix}";

    public static bool TryParse(string name, out SegmentName segment)
    {
        segment = default;
        if (name.Length != SequenceDigits + 1 + SaltDigits + Suffix.Length || name[SequenceDigits] != '-' || !name.EndsWith(Suffix, StringComparison.Ordinal)
            || !ulong.TryParse(name.AsSpan(0, SequenceDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong sequence)
            || !uint.TryParse(name.AsSpan(SequenceDigits + 1, SaltDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint salt))
        {
            return false;
        }

        segment = new SegmentName(sequence, salt);
        return true;
    }
}

/// <summary>How much of an earlier segment was synced when the next was begun: what is missing below that is damage, above it a torn tail.</summary>
/// <param name="Sequence">Which segment; 0: there was none.</param>
/// <param name="Bytes">Its synced length.</param>
internal readonly record struct SyncedLength(ulong Sequence, long Bytes);

/// <summary>The bytes of the log, little endian throughout; described in docs/formats/log.md.</summary>
internal static class LogFormat
{
    /// <summary>Bytes before the first frame.</summary>
    public const int SegmentHeaderBytes = 32;

    /// <summary>Bytes before a frame's body.</summary>
    public const int FrameHeaderBytes = 16;

    /// <summary>Longest tenant name.</summary>
    public const int TenantBytesMax = byte.MaxValue;

    /// <summary>Longest record: what fits in one append.</summary>
    public const int RecordBytesMax = 16 << 20;

    /// <summary>Longest body: head, tenant, record.</summary>
    public const int BodyBytesMax = UlidBytes + 1 + TenantBytesMax + RecordBytesMax;

    private const int UlidBytes = 16;
    private const uint Version = 1;
    private static ReadOnlySpan<byte> Magic => "PYROLOG\n"u8;

    /// <summary>Starts each frame; neither zero nor text.</summary>
    public static ReadOnlySpan<byte> Marker => [0xA7, 0x50, 0x59, 0x1E];

    public static void WriteSegmentHeader(Span<byte> header, SegmentName name, SyncedLength previous)
    {
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(header[12..], previous.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(header[20..], previous.Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header[28..], SegmentChecksum(header, name));
    }

    public static bool TryReadSegmentHeader(ReadOnlySpan<byte> header, SegmentName name, out SyncedLength previous)
    {
        previous = default;
        if (header.Length < SegmentHeaderBytes || !header.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(header[28..]) != SegmentChecksum(header, name))
        {
            return false;
        }

        previous = new SyncedLength(BinaryPrimitives.ReadUInt64LittleEndian(header[12..]), BinaryPrimitives.ReadInt64LittleEndian(header[20..]));
        return true;
    }

    /// <summary>Bytes of the body of a frame.</summary>
    public static int BodyBytes(int tenantBytes, int recordBytes) => UlidBytes + 1 + tenantBytes + recordBytes;

    /// <summary>Writes a whole frame into a span of exactly its size.</summary>
    public static void WriteFrame(Span<byte> frame, uint salt, Ulid head, ReadOnlySpan<byte> tenant, ReadOnlySpan<byte> record)
    {
        Span<byte> body = frame[FrameHeaderBytes..];
        head.TryWriteBytes(body);
        body[UlidBytes] = (byte)tenant.Length;
        tenant.CopyTo(body[(UlidBytes + 1)..]);
        record.CopyTo(body[(UlidBytes + 1 + tenant.Length)..]);

        Marker.CopyTo(frame);
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], Crc32C.Append(salt, body));
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], Crc32C.Append(salt, frame[..12]));
    }

    /// <summary>Whether there is the header of a frame, which can be told without its body: the length may be trusted then.</summary>
    public static bool TryReadFrameHeader(ReadOnlySpan<byte> header, uint salt, out int bodyBytes)
    {
        bodyBytes = 0;
        if (header.Length < FrameHeaderBytes || !header.StartsWith(Marker)
            || BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != Crc32C.Append(salt, header[..12]))
        {
            return false;
        }

        bodyBytes = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        return bodyBytes is > UlidBytes and <= BodyBytesMax;
    }

    /// <summary>Takes a body apart; false when it is damaged.</summary>
    public static bool TryReadBody(ReadOnlySpan<byte> frame, uint salt, out Ulid head, out ReadOnlySpan<byte> tenant, out int recordStart)
    {
        ReadOnlySpan<byte> body = frame[FrameHeaderBytes..];
        head = default;
        tenant = default;
        recordStart = 0;
        if (BinaryPrimitives.ReadUInt32LittleEndian(frame[8..]) != Crc32C.Append(salt, body) || body[UlidBytes] > body.Length - UlidBytes - 1)
        {
            return false;
        }

        head = new Ulid(body[..UlidBytes]);
        tenant = body.Slice(UlidBytes + 1, body[UlidBytes]);
        recordStart = FrameHeaderBytes + UlidBytes + 1 + tenant.Length;
        return true;
    }

    private static uint SegmentChecksum(ReadOnlySpan<byte> header, SegmentName name)
    {
        Span<byte> sequence = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(sequence, name.Sequence);
        return Crc32C.Append(Crc32C.Append(name.Salt, sequence), header[..28]);
    }
}
