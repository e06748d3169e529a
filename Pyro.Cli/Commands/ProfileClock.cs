using System.IO.Compression;
using Google.Protobuf;

namespace Pyro.Cli.Commands;

/// <summary>Gives a pprof another time without decoding the rest: a later field of the same number wins when protobuf is read.</summary>
internal static class ProfileClock
{
    private const int TimeNanosField = 9;

    /// <summary>The profile, unpacked when it was gzip, with <c>time_nanos</c> set.</summary>
    public static byte[] SetTime(byte[] profile, DateTimeOffset time)
    {
        using var raw = new MemoryStream();
        if (profile is [0x1f, 0x8b, ..])
        {
            using var gzip = new GZipStream(new MemoryStream(profile), CompressionMode.Decompress);
            gzip.CopyTo(raw);
        }
        else
        {
            raw.Write(profile);
        }
        var output = new CodedOutputStream(raw, leaveOpen: true);
        output.WriteTag(TimeNanosField, WireFormat.WireType.Varint);
        output.WriteInt64((time - DateTimeOffset.UnixEpoch).Ticks * 100);
        output.Flush();
        return raw.ToArray();
    }
}
