using System.IO.Hashing;
using System.Text;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>Which symbol partition a profile belongs to, by the rule of Pyroscope's blocks: main binary, else service.</summary>
public static class PartitionKey
{
    /// <summary>XXH64 of the key of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="labels">Its labels, read.</param>
    /// <param name="partitionLabel"><c>pyroscopedb.symbols-partition-label</c>, or "".</param>
    public static ulong Of(ProfileRecord record, SeriesLabels labels, string partitionLabel)
    {
        if (partitionLabel.Length > 0)
        {
            return Hash(labels.Value(Encoding.UTF8.GetBytes(partitionLabel)));
        }

        if (!labels.Otel && record.MappingCount > 0)
        {
            var file = record.String(record.MappingFile[0]);
            if (!Ignored(file))
            {
                var name = BaseName(file);
                if (!name.IsEmpty)
                {
                    return XxHash64.HashToUInt64(name);
                }
            }
        }

        return Hash(labels.Service.Span);
    }

    private static ulong Hash(ReadOnlySpan<byte> key) => XxHash64.HashToUInt64(key.IsEmpty ? "unknown"u8 : key);

    private static bool Ignored(ReadOnlySpan<byte> file) =>
        file.IsEmpty || file[0] == '[' || file.StartsWith("linux-vdso"u8) || file.StartsWith("/dev/dri/"u8) || file.StartsWith("//anon"u8);

    // The last element of the cleaned path: trailing slashes and "." elements fall away, ".." takes the element before it.
    private static ReadOnlySpan<byte> BaseName(ReadOnlySpan<byte> file)
    {
        if (file.IndexOf((byte)'\\') >= 0)
        {
            var slashed = file.ToArray();
            slashed.AsSpan().Replace((byte)'\\', (byte)'/');
            file = slashed;
        }

        var skip = 0;
        while (!file.IsEmpty)
        {
            var slash = file.LastIndexOf((byte)'/');
            var element = file[(slash + 1)..];
            file = slash < 0 ? default : file[..slash];
            if (element.SequenceEqual(".."u8))
            {
                skip++;
            }
            else if (!element.IsEmpty && !element.SequenceEqual("."u8) && skip-- <= 0)
            {
                return element.Trim(" \t\r\n\v\f"u8);
            }
        }

        return default;
    }
}
