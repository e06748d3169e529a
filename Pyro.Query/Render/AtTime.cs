namespace Pyro.Query.Render;

/// <summary>
/// The time syntax of <c>from</c> and <c>until</c>: all digits is a day (YYYYMMDD, UTC) or unix time in s, ms, us or ns by its length; all
/// else is now plus or minus an offset (<c>now-1h</c>, <c>-30min</c>). Nothing is ever refused.
/// </summary>
public static class AtTime
{
    private const long Second = 1000;
    private const long Day = 24 * 3600 * Second;

    // An offset beyond this many ms is cut, so that no time overflows.
    private const long MaxOffset = long.MaxValue / 4;

    /// <summary>The time that a text names.</summary>
    /// <param name="text">May be empty: now.</param>
    /// <param name="now">Now.</param>
    /// <returns>ms since the epoch.</returns>
    public static long Parse(string text, DateTimeOffset now)
    {
        text = text.Replace("_", "").Replace(",", "").Replace(" ", "");
        if (text.Length > 0 && text.All(char.IsAsciiDigit)) return OfDigits(text);
        var sign = text.IndexOf('+');
        if (sign < 0) sign = text.IndexOf('-');
        var offset = sign < 0 ? 0 : Offset(text.AsSpan(sign + 1)) * (text[sign] == '-' ? -1 : 1);
        return now.ToUnixTimeMilliseconds() + offset;
    }

    private static long OfDigits(string digits)
    {
        if (digits.Length == 8 && DayOf(digits) is { } day) return day;
        if (!long.TryParse(digits, out var number)) return 0;
        return digits.Length switch
        {
            13 => number,
            16 => number / 1000,
            19 => number / 1_000_000,
            _ => number > MaxOffset / Second ? MaxOffset : number * Second,
        };
    }

    private static long? DayOf(string digits)
    {
        var (year, month, day) = (int.Parse(digits.AsSpan(0, 4)), int.Parse(digits.AsSpan(4, 2)), int.Parse(digits.AsSpan(6, 2)));
        if (year <= 1900 || month is < 1 or > 12 || day is < 1 or > 31) return null;
        return new DateTimeOffset(year, month, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day - 1).ToUnixTimeMilliseconds();
    }

    /// <summary>Numbers with units, one after another; a number without a known unit is nothing.</summary>
    private static long Offset(ReadOnlySpan<char> text)
    {
        long total = 0;
        while (text.Length > 0)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits < 0) break;
            var unit = text[digits..];
            var length = unit.IndexOfAnyInRange('0', '9');
            if (length < 0) length = unit.Length;
            var number = long.TryParse(text[..digits], out var parsed) ? parsed : digits == 0 ? 0 : MaxOffset;
            total = (long)Int128.Min(MaxOffset, total + ((Int128)number * UnitMillis(unit[..length])));
            text = unit[length..];
        }

        return total;
    }

    private static long UnitMillis(ReadOnlySpan<char> unit) => unit switch
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
