using System.IO.Compression;
using K4os.Compression.LZ4;
using Snappier;
using ZstdSharp;

namespace Pyro.Blocks.Parquet;

/// <summary>Unpacks pages.</summary>
internal static class PageCodec
{
    /// <summary>Bytes of a page, packed or not; longer ones are refused. DuckDB ends its pages at 100 MB.</summary>
    public const int PageBytesMax = 1 << 27;

    /// <summary>Fills the buffer with the unpacked bytes.</summary>
    /// <exception cref="InvalidDataException">They are not as many, or the codec refuses them, or is none of the format's.</exception>
    public static void Unpack(ParquetCodec codec, ArraySegment<byte> packed, Span<byte> into)
    {
        if (into.IsEmpty && packed.Count == 0)
        {
            return;
        }

        int length;
        try
        {
            length = Try(codec, packed, into);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException($"{codec} cannot unpack it: {e.Message}", e);
        }

        if (length != into.Length)
        {
            throw new InvalidDataException($"{codec} unpacks to {length} bytes, not to {into.Length}");
        }
    }

    /// <summary>Whether so many packed bytes can hold so many, before memory is taken for them.</summary>
    public static bool CanHold(ParquetCodec codec, int packed, int unpacked) => unpacked <= PageBytesMax && codec switch
    {
        ParquetCodec.Uncompressed => packed == unpacked,
        ParquetCodec.Snappy or ParquetCodec.Lz4Raw => unpacked <= (256L * packed) + 64,
        ParquetCodec.Gzip => unpacked <= 1040L * packed,
        _ => unpacked <= 65536L * packed,
    };

    private static int Try(ParquetCodec codec, ArraySegment<byte> packed, Span<byte> into)
    {
        switch (codec)
        {
            case ParquetCodec.Uncompressed:
                packed.AsSpan().CopyTo(into);
                return packed.Count;
            case ParquetCodec.Snappy:
                return Snappy.Decompress(packed.AsSpan(), into);
            case ParquetCodec.Gzip:
                return Gunzip(packed, into);
            case ParquetCodec.Brotli:
                return BrotliDecoder.TryDecompress(packed.AsSpan(), into, out int written) ? written : throw new InvalidDataException("damaged");
            case ParquetCodec.Zstd:
                using (var zstd = new Decompressor())
                {
                    return zstd.Unwrap(packed.AsSpan(), into);
                }

            case ParquetCodec.Lz4Raw:
                return LZ4Codec.Decode(packed.AsSpan(), into);
            default:
                throw new InvalidDataException("an unknown codec");
        }
    }

    private static int Gunzip(ArraySegment<byte> packed, Span<byte> into)
    {
        using var gzip = new GZipStream(new MemoryStream(packed.Array!, packed.Offset, packed.Count), CompressionMode.Decompress);
        int length = gzip.ReadAtLeast(into, into.Length, throwOnEndOfStream: false);
        return length < into.Length || gzip.ReadByte() < 0 ? length : throw new InvalidDataException("it is longer");
    }
}
