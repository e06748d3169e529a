using System.Globalization;
using Pyro.Profiles.Pprof;

namespace Pyro.Distributor.Ingest;

/// <summary>
/// The times of <c>from</c> and <c>until</c>: a date <c>20261120</c>, a number of seconds, milliseconds (13 digits), microseconds (16)
/// or nanoseconds (19) since the epoch, or <c>now-1h30min</c>. Nothing is refused: what says nothing means now.
/// </summary>
internal static class LooseTime
{
    private const long Second = 1_000_000_000;

    /// <summary>ns since the epoch.</summary>
    public static long Parse(string? text, DateTimeOffset now)
    {
        text = (text ?? "").Replace("_", "").Replace(",", "").Replace(" ", "");
        if (text != "" && text.All(char.IsAsciiDigit)) return Absolute(text) ?? UnixTime.Nanos(now);
        return UnixTime.Nanos(now) + Offset(text);
    }

    private static long? Absolute(string digits)
    {
        if (digits.Length == 8
            && DateTimeOffset.TryParseExact(digits, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
        {
            return UnixTime.Nanos(date);
        }

        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        var scale = digits.Length switch { 13 => 1_000_000, 16 => 1000, 19 => 1, _ => Second };
        return number > long.MaxValue / scale ? null : number * scale;
    }

    /// <summary>What stands behind the first plus, else the first minus: numbers, each with a unit.</summary>
    private static long Offset(string text)
    {
        var at = text.IndexOf('+');
        var sign = at >= 0 ? 1 : -1;
        if (at < 0) at = text.IndexOf('-');
        if (at < 0) return 0;

        long sum = 0;
        for (var i = at + 1; i < text.Length;)
        {
            var digits = i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            var unit = i;
            while (i < text.Length && !char.IsAsciiDigit(text[i])) i++;
            if (!long.TryParse(text.AsSpan(digits, unit - digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return 0;
            var length = Unit(text.AsSpan(unit, i - unit));
            if (length != 0 && number > (long.MaxValue / 4 - sum) / length) return 0;
            sum += number * length;
        }

        return sign * sum;
    }

    private static long Unit(ReadOnlySpan<char> unit)
    {
        if (unit.StartsWith("s")) return Second;
        if (unit.StartsWith("mon") || unit.StartsWith("M")) return 30 * 24 * 3600 * Second;
        if (unit.StartsWith("m")) return 60 * Second;
        if (unit.StartsWith("h")) return 3600 * Second;
        if (unit.StartsWith("d")) return 24 * 3600 * Second;
        if (unit.StartsWith("w")) return 7 * 24 * 3600 * Second;
        return unit.StartsWith("y") ? 365 * 24 * 3600 * Second : 0;
    }
}
