using System.Globalization;

namespace Aspire.StandIns.S3.Calls;

/// <summary>A run of bytes.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">How many.</param>
internal readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>Reads a header <c>Range</c>: null when it is not there, asks for several runs, or cannot be read, which all mean the whole.</summary>
    /// <param name="header">Like <c>bytes=0-99</c>, <c>bytes=100-</c> or <c>bytes=-100</c>.</param>
    /// <param name="length">Of the whole.</param>
    /// <exception cref="S3Exception">It begins beyond the end.</exception>
    public static ByteRange? Parse(string? header, long length)
    {
        const string unit = "bytes=";
        if (header is null || !header.StartsWith(unit, StringComparison.Ordinal) || header.Contains(',') || header[unit.Length..].Split('-') is not [var first, var last])
            return null;
        if (first.Length == 0)
        {
            if (!TryRead(last, out var count))
                return null;
            var taken = Math.Min(count, length);
            return taken > 0 ? new(length - taken, taken) : throw Invalid();
        }
        var end = long.MaxValue;
        if (!TryRead(first, out var begin) || (last.Length > 0 && !TryRead(last, out end)) || end < begin)
            return null;
        return begin < length ? new(begin, Math.Min(end, length - 1) - begin + 1) : throw Invalid();
    }

    private static bool TryRead(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static S3Exception Invalid() => new(416, "InvalidRange", "The requested range is not satisfiable");
}
