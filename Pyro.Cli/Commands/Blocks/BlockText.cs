using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pyro.Cli.Commands.Blocks;

/// <summary>Times, sizes and tables as the commands show them.</summary>
internal static class BlockText
{
    private const long TicksPerMilli = TimeSpan.TicksPerMillisecond;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // Labels are for people, and nothing of this goes into a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>An answer in JSON: members in lower camel case, null where nothing is known.</summary>
    public static string Json<T>(T answer) => JsonSerializer.Serialize(answer, Options);

    /// <summary>A time in ms as <c>2026-11-20T00:00:00.250Z</c>; what no calendar has stays a number.</summary>
    public static string Time(long millis) =>
        millis is > -62_135_596_800_000 and < 253_402_300_800_000
            ? new DateTime(DateTime.UnixEpoch.Ticks + millis * TicksPerMilli, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            : millis.ToString(CultureInfo.InvariantCulture);

    /// <summary>A time in seconds.</summary>
    public static string SecondsTime(long seconds) => Math.Abs(seconds) < long.MaxValue / 1000 ? Time(seconds * 1000) : seconds.ToString(CultureInfo.InvariantCulture);

    /// <summary>How many there are of something: <c>1 block</c>, <c>2 blocks</c>.</summary>
    public static string Count(long count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    /// <summary>Bytes for people: <c>12.3 MiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        if (bytes < 1024)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        }

        var (value, unit) = (bytes / 1024.0, 0);
        for (; value >= 1024 && unit < 4; unit++)
        {
            value /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {"KMGTP"[unit]}iB");
    }

    /// <summary>Lines of a table; columns are aligned, those of numbers to the right.</summary>
    /// <param name="head">Titles; those of columns of numbers begin with `>`.</param>
    /// <param name="rows">As many cells as titles each.</param>
    public static IEnumerable<string> Table(string[] head, IReadOnlyList<string[]> rows)
    {
        var isNumber = head.Select(static h => h.StartsWith('>')).ToArray();
        string[][] all = [[.. head.Select(static h => h.TrimStart('>'))], .. rows];
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        return all.Select(row => string.Join("  ", row.Select((cell, c) => isNumber[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]))).TrimEnd());
    }
}
