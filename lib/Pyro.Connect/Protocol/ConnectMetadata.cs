using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Pyro.Connect.Protocol;

/// <summary>Metadata as headers: binary values, whose names end in <c>-bin</c>, are unpadded base64.</summary>
internal static class ConnectMetadata
{
    public static Metadata Read(IHeaderDictionary headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith(':'))
                continue;
            foreach (var value in values)
                Add(metadata, name, value ?? "");
        }
        return metadata;
    }

    public static void Write(Metadata metadata, IHeaderDictionary headers)
    {
        foreach (var entry in metadata)
            headers.Append(entry.Key, Text(entry));
    }

    public static void WriteTrailers(Metadata metadata, IHeaderDictionary headers)
    {
        foreach (var entry in metadata)
        {
            if (!ErrorDetails.IsTrailer(entry.Key))
                headers.Append("Trailer-" + entry.Key, Text(entry));
        }
    }

    private static string Text(Metadata.Entry entry) => entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes).TrimEnd('=') : entry.Value;

    private static void Add(Metadata metadata, string name, string value)
    {
        if (!name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
        {
            metadata.Add(name, value);
            return;
        }
        // Several values of one header come joined by commas, which base64 has not.
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            var bytes = new byte[part.Length];
            var padded = part.TrimEnd('=');
            padded = padded.PadRight((padded.Length + 3) / 4 * 4, '=');
            if (Convert.TryFromBase64String(padded, bytes, out var length))
                metadata.Add(name, bytes[..length]);
        }
    }
}
