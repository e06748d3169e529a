using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Pyro.Profiles.Pprof;

/// <summary>Unpacks gzip into a buffer that its owner keeps, bounded.</summary>
internal static class Gunzip
{
    /// <summary>Deflate cannot pack better than about this; a trailer that claims more lies.</summary>
    private const int MaxRatio = 1032;

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
            throw new PprofFormatException("gzip: unexpected end");
        }

        // The trailer holds the size of the last member only, and may lie: it is a hint for the first allocation.
        uint hint = MemoryMarshal.Read<uint>(packed.Span[^4..]);
        int room = (int)Math.Min(hint, Math.Min(limit, (long)packed.Length * MaxRatio)) + 1;
        take?.Invoke(room);
        Reserve(ref buffer, room, 0);
        try
        {
            using Stream source = MemoryMarshal.TryGetArray(packed, out ArraySegment<byte> part)
                ? new MemoryStream(part.Array!, part.Offset, part.Count, writable: false)
                : new MemoryStream(packed.ToArray(), writable: false);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            int used = 0;
            for (int got; (got = gzip.Read(buffer.AsSpan(used, room - used))) > 0;)
            {
                used += got;
                if (used > limit)
                {
                    throw new ProfileTooLargeException(limit);
                }

                if (used == room)
                {
                    room = (int)Math.Min(Math.Max(2L * used, 4096), (long)limit + 1);
                    take?.Invoke(room - used);
                    Reserve(ref buffer, room, used);
                }
            }

            return used;
        }
        catch (InvalidDataException e)
        {
            throw new PprofFormatException("gzip: " + e.Message);
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
}
