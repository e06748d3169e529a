using System.Buffers;
using System.Text;

namespace Aspire.Hosting.Running;

/// <summary>Cuts a stream of UTF-8 into lines, each of bounded length. Bytes that are no UTF-8 become U+FFFD.</summary>
internal static class LineReader
{
    /// <summary>Longer lines are cut into pieces of this many characters.</summary>
    public const int MaxLine = 16 * 1024;

    private const int ChunkBytes = 64 * 1024;

    /// <summary>Reads to the end of the stream. A last line without an end counts.</summary>
    public static async Task Read(Stream stream, Action<string> line, CancellationToken cancellation)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        var characters = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(ChunkBytes));
        var rest = new StringBuilder();
        var decoder = Encoding.UTF8.GetDecoder();
        try
        {
            int read;
            while ((read = await stream.ReadAsync(bytes.AsMemory(0, ChunkBytes), cancellation)) > 0)
            {
                var count = decoder.GetChars(bytes.AsSpan(0, read), characters, flush: false);
                Cut(characters.AsSpan(0, count), rest, line);
            }
            if (rest.Length > 0)
                line(rest.ToString());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    private static void Cut(ReadOnlySpan<char> text, StringBuilder rest, Action<string> line)
    {
        while (true)
        {
            var end = text.IndexOf('\n');
            var part = end < 0 ? text : text[..end];
            while (rest.Length + part.Length > MaxLine)
            {
                var room = MaxLine - rest.Length;
                line(rest.Append(part[..room]).ToString());
                rest.Clear();
                part = part[room..];
            }
            if (end < 0)
            {
                rest.Append(part);
                return;
            }
            if (rest.Length > 0)
            {
                part = rest.Append(part).ToString();
                rest.Clear();
            }
            line(new string(part.TrimEnd('\r')));
            text = text[(end + 1)..];
        }
    }
}
