using System.Text;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Pyro.Distributor.Ingest;

/// <summary>A body that is no <c>multipart/form-data</c>.</summary>
internal sealed class MultipartException(string message) : Exception(message);

/// <summary>
/// The file parts of a <c>multipart/form-data</c> body (RFC 7578), found without copying them. Parts without a file name are
/// passed over; of several with one name the first counts.
/// </summary>
internal sealed class MultipartForm
{
    private const int PartsMax = 1000;
    private const int HeaderBytesMax = 64 << 10;

    private readonly Dictionary<string, ReadOnlyMemory<byte>> _files = new(StringComparer.Ordinal);

    /// <summary>The file of a name; empty when there is none.</summary>
    public ReadOnlyMemory<byte> File(string name) => _files.GetValueOrDefault(name);

    /// <summary>Finds the parts.</summary>
    /// <exception cref="MultipartException">No boundary, or the parts do not follow it to the end.</exception>
    public static MultipartForm Parse(ReadOnlyMemory<byte> body, string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || StringSegment.IsNullOrEmpty(type.Boundary))
        {
            throw new MultipartException("malformed multipart content type header");
        }

        var delimiter = Encoding.UTF8.GetBytes("--" + HeaderUtilities.RemoveQuotes(type.Boundary));
        var form = new MultipartForm();
        var at = NextDelimiter(body.Span, 0, delimiter, out _);
        if (at < 0) throw new MultipartException("multipart: next part: unexpected end");
        for (var parts = 0; !IsLast(body.Span, at); parts++)
        {
            if (parts == PartsMax) throw new MultipartException($"multipart: more than {PartsMax} parts");
            at = LineEnd(body.Span, at);
            var headers = Headers(body.Span, ref at);
            var start = at;
            at = NextDelimiter(body.Span, start, delimiter, out var end);
            if (at < 0) throw new MultipartException("multipart: unexpected end of a part");
            form.Add(headers, body[start..Math.Max(start, end)]);
        }

        return form;
    }

    private void Add(Dictionary<string, string> headers, ReadOnlyMemory<byte> content)
    {
        if (!headers.TryGetValue("Content-Disposition", out var text)
            || !ContentDispositionHeaderValue.TryParse(text, out var disposition)
            || disposition.Parameters.Any(parameter => !parameter.Value.HasValue) // "filename*" alone is no name, and its property throws
            || (StringSegment.IsNullOrEmpty(disposition.FileName) && StringSegment.IsNullOrEmpty(disposition.FileNameStar)))
        {
            return;
        }

        _files.TryAdd(HeaderUtilities.RemoveQuotes(disposition.Name).ToString(), content);
    }

    /// <summary>Finds a line that is a delimiter. Returns where it goes on behind the boundary, or -1; <paramref name="end"/> is the end of the content before it.</summary>
    private static int NextDelimiter(ReadOnlySpan<byte> body, int from, ReadOnlySpan<byte> delimiter, out int end)
    {
        for (var at = from; at <= body.Length - delimiter.Length;)
        {
            var found = body[at..].IndexOf(delimiter);
            if (found < 0) break;
            at += found;
            var after = at + delimiter.Length;
            if ((at == from || body[at - 1] == '\n') && EndsLine(body[after..]))
            {
                end = at > from + 1 && body[at - 2] == '\r' ? at - 2 : at - 1;
                return after;
            }

            at++;
        }

        end = 0;
        return -1;
    }

    private static bool EndsLine(ReadOnlySpan<byte> rest)
    {
        if (rest.StartsWith("--"u8)) rest = rest[2..];
        rest = rest.TrimStart(" \t"u8);
        return rest.IsEmpty || rest[0] == '\n' || rest.StartsWith("\r\n"u8);
    }

    private static bool IsLast(ReadOnlySpan<byte> body, int at) => body[at..].StartsWith("--"u8);

    private static int LineEnd(ReadOnlySpan<byte> body, int at)
    {
        var line = body[at..].IndexOf((byte)'\n');
        return line < 0 ? throw new MultipartException("multipart: unexpected end of a part's header") : at + line + 1;
    }

    private static Dictionary<string, string> Headers(ReadOnlySpan<byte> body, ref int at)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var start = at;
        while (true)
        {
            var next = LineEnd(body, at);
            if (next - start > HeaderBytesMax) throw new MultipartException("multipart: a part's header is too long");
            var line = body[at..next].TrimEnd("\r\n"u8);
            at = next;
            if (line.IsEmpty) return headers;
            var colon = line.IndexOf((byte)':');
            if (colon <= 0) throw new MultipartException("multipart: malformed header of a part");
            headers.TryAdd(Encoding.UTF8.GetString(line[..colon]), Encoding.UTF8.GetString(line[(colon + 1)..]).Trim());
        }
    }
}
