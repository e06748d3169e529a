using System.Globalization;
using Pyro.Profiles.Pprof;

namespace Pyro.Profiles.Times;

/// <summary>
/// The times of <c>from</c> and <c>until</c> in URLs. All digits is a day (<c>20261120</c>, UTC) or unix time by its length: ms (13
/// digits), us (16), ns (19), else s. All else is now plus or minus an offset (<c>now-1h30min</c>, <c>-1h</c>). Blanks, commas and
/// underscores do not count. Nothing is refused: what says nothing means now, and what no <c>long</c> holds is the first or last time.
/// </summary>
public static class LooseTime
{
    private const long Second = 1_000_000_000;
    private const long Day = 24 * 3600 * Second;

    /// <summary>The time that a text names.</summary>
    /// <param name="text">May be empty: now.</param>
    /// <param name="now">Now.</param>
    /// <returns>ns since the epoch, not negative.</returns>
    public static long Nanos(string? text, DateTimeOffset now)
    {
        text = (text ?? "").Replace("_", "").Replace(",", "").Replace(" ", "");
        var nanos = text != "" && text.All(char.IsAsciiDigit) ? Absolute(text) : null;
        return (long)Int128.Clamp(nanos ?? UnixTime.Nanos(now) + Offset(text), 0, long.MaxValue);
    }

    /// <summary>The time that a text names.</summary>
    /// <returns>ms since the epoch, not negative.</returns>
    public static long Millis(string? text, DateTimeOffset now) => Nanos(text, now) / 1_000_000;

    private static Int128? Absolute(string digits)
    {
        if (digits.Length == 8 && DayOf(digits) is { } day) return day;
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        return (Int128)number * digits.Length switch { 13 => 1_000_000, 16 => 1000, 19 => 1, _ => Second };
    }

    // Days run over into the next month.
    private static Int128? DayOf(string digits)
    {
        var (year, month, day) = (int.Parse(digits.AsSpan(0, 4)), int.Parse(digits.AsSpan(4, 2)), int.Parse(digits.AsSpan(6, 2)));
        if (year <= 1900 || month is < 1 or > 12 || day is < 1 or > 31) return null;
        return (Int128)new DateTimeOffset(year, month, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day - 1).ToUnixTimeSeconds() * Second;
    }

    /// <summary>What stands behind the first plus, else the first minus: numbers, each with a unit.</summary>
    private static Int128 Offset(string text)
    {
        var at = text.IndexOf('+');
        var sign = at >= 0 ? 1 : -1;
        if (at < 0) at = text.IndexOf('-');
        if (at < 0) return 0;

        Int128 sum = 0;
        for (var i = at + 1; i < text.Length;)
        {
            var digits = i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            var unit = i;
            while (i < text.Length && !char.IsAsciiDigit(text[i])) i++;
            sum = Int128.Min(long.MaxValue, sum + ((Int128)Number(text.AsSpan(digits, unit - digits)) * Unit(text.AsSpan(unit, i - unit))));
        }

        return sign * sum;
    }

    private static long Number(ReadOnlySpan<char> digits) =>
        digits.IsEmpty ? 0 : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;

    private static long Unit(ReadOnlySpan<char> unit) => unit switch
    {
        ['s', ..] => Second,
        ['m', 'o', 'n', ..] or ['M', ..] => 30 * Day,
        ['m', ..] => 60 * Second,
        ['h', ..] => 3600 * Second,
        ['d', ..] => Day,
        ['w', ..] => 7 * Day,
        ['y', ..] => 365 * Day,
        _ => 0,
    };
}
