using System.IO.Compression;

namespace Pyro.Tests.Unit.Pprof;

internal static class Gzip
{
    public static bool IsGzip(byte[] bytes) => bytes is [0x1F, 0x8B, ..];

    public static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
