using System.Buffers.Binary;
using System.IO.Compression;

namespace Pyro.Profiles.Pprof;

/// <summary>Finds out what is wrong with bytes that do not unpack, in the words of Pyroscope's answers. Only asked after a failure.</summary>
internal static class GzipFault
{
    private const int HeaderBytes = 10, TrailerBytes = 8;
    private const string CutShort = "copy to buffer: unexpected EOF", BadHeader = "gzip: invalid header";

    /// <summary>Names the fault of a gzip stream.</summary>
    /// <param name="packed">The stream.</param>
    /// <param name="checksumFailed">Whether the reader threw, rather than ended too early or at something that is no gzip.</param>
    public static string Of(ReadOnlyMemory<byte> packed, bool checksumFailed)
    {
        if (packed.Length < HeaderBytes)
        {
            return CutShort;
        }

        if (packed.Span[2] != 8 || (packed.Span[3] & 0xE0) != 0)
        {
            return BadHeader;
        }

        if (HeaderLength(packed.Span) is not { } start)
        {
            return CutShort;
        }

        using var source = new Tail(packed[start..]);
        using var deflate = new DeflateStream(source, CompressionMode.Decompress);
        byte[] scratch = new byte[16 << 10];
        try
        {
            while (deflate.Read(scratch) > 0)
            {
            }
        }
        catch (InvalidDataException)
        {
            return "copy to buffer: flate: corrupt input";
        }

        return source.AskedForMore || source.Rest.Length < TrailerBytes ? CutShort
            : source.Rest.Length == TrailerBytes ? "copy to buffer: gzip: invalid checksum"
            : checksumFailed || source.Rest.Length >= Tail.Slowly || Gunzip.IsGzip(source.Rest[TrailerBytes..]) ? "copy to buffer: gzip: a member is damaged or cut short"
            : "copy to buffer: " + BadHeader;
    }

    /// <summary>Bytes of a member's header with its optional fields, or null when it is cut short.</summary>
    private static int? HeaderLength(ReadOnlySpan<byte> packed)
    {
        byte flags = packed[3];
        int at = HeaderBytes;
        if ((flags & 4) != 0)
        {
            if (packed.Length < at + 2)
            {
                return null;
            }

            at += 2 + BinaryPrimitives.ReadUInt16LittleEndian(packed[at..]);
        }

        for (int text = 8; text <= 16; text *= 2)
        {
            if ((flags & text) != 0)
            {
                int end = at < packed.Length ? packed[at..].IndexOf((byte)0) : -1;
                if (end < 0)
                {
                    return null;
                }

                at += end + 1;
            }
        }

        at += (flags & 2) != 0 ? 2 : 0;
        return at <= packed.Length ? at : null;
    }

    /// <summary>Gives its last bytes one by one, so that it can be told where the reader stopped.</summary>
    private sealed class Tail(ReadOnlyMemory<byte> bytes) : MemoryStream
    {
        /// <summary>When less than so much is left it begins where the reader stopped.</summary>
        public const int Slowly = 64;

        private ReadOnlyMemory<byte> _rest = bytes;

        public ReadOnlySpan<byte> Rest => _rest.Span;

        public bool AskedForMore { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            AskedForMore |= _rest.IsEmpty;
            int count = Math.Min(_rest.Length, Math.Min(buffer.Length, Math.Max(1, _rest.Length - Slowly)));
            _rest.Span[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
