using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pyro.Profiles.Pprof;

/// <summary>Unpacks gzip into a buffer that its owner keeps, bounded.</summary>
internal static class Gunzip
{
    /// <summary>Deflate cannot pack better than about this; a trailer that claims more lies.</summary>
    private const int MaxRatio = 1032;

    private const int NonceBytes = 16;

    /// <summary>
    /// A member that is read after what was sent. The platform's reader takes a stream that ends too early, or that goes on with
    /// something else, for the end; only when this comes out of it was what came before complete.
    /// </summary>
    private static readonly byte[] _endMember = EndMember();

    private static ReadOnlySpan<byte> Nonce => _endMember.AsSpan(15, NonceBytes);

    /// <summary>Whether bytes begin with the gzip magic.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> bytes) => bytes is [0x1F, 0x8B, ..];

    /// <summary>Unpacks one or more gzip members into <paramref name="buffer"/>, which grows as needed, and returns the length in bytes.</summary>
    /// <param name="packed">The members.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="limit">Most bytes that may come out.</param>
    /// <param name="take">Told of so many bytes before they are used; may throw.</param>
    /// <exception cref="PprofFormatException">The bytes are no gzip, or damaged, or cut short.</exception>
    /// <exception cref="ProfileTooLargeException">More than <paramref name="limit"/> bytes come out.</exception>
    public static int Unpack(ReadOnlyMemory<byte> packed, ref byte[] buffer, int limit, Action<long>? take)
    {
        if (packed.Length < 18)
        {
            throw new PprofFormatException("gzip reset: unexpected EOF");
        }

        // The trailer holds the size of the last member only, and may lie: it is a hint for the first allocation.
        uint hint = MemoryMarshal.Read<uint>(packed.Span[^4..]);
        int room = (int)Math.Min(hint, Math.Min(limit, (long)packed.Length * MaxRatio)) + NonceBytes + 1;
        take?.Invoke(room);
        Reserve(ref buffer, room, 0);
        try
        {
            using var source = new TwoParts(packed, _endMember);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            int used = 0;
            for (int got; (got = gzip.Read(buffer.AsSpan(used, room - used))) > 0;)
            {
                used += got;
                if (used > limit + NonceBytes)
                {
                    throw new ProfileTooLargeException(limit);
                }

                if (used == room)
                {
                    room = (int)Math.Min(Math.Max(2L * used, 4096), (long)limit + NonceBytes + 1);
                    take?.Invoke(room - used);
                    Reserve(ref buffer, room, used);
                }
            }

            return buffer.AsSpan(0, used).EndsWith(Nonce)
                ? used - NonceBytes
                : throw new PprofFormatException(GzipFault.Of(packed, checksumFailed: false));
        }
        catch (InvalidDataException)
        {
            throw new PprofFormatException(GzipFault.Of(packed, checksumFailed: true));
        }
    }

    private static void Reserve(ref byte[] buffer, int size, int used)
    {
        if (buffer.Length < size)
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>(Math.Max(size, 4096));
            buffer.AsSpan(0, used).CopyTo(larger);
            buffer = larger;
        }
    }

    /// <summary>Header, one stored block with the nonce, checksum and length.</summary>
    private static byte[] EndMember()
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1, NonceBytes, 0, 255 - NonceBytes, 255, .. nonce, .. BitConverter.GetBytes(Crc32(nonce)), NonceBytes, 0, 0, 0];
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte next in bytes)
        {
            crc ^= next;
            for (int i = 0; i < 8; i++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
            }
        }

        return ~crc;
    }
}
