using System.Globalization;
using System.Text;

namespace Pyro.Configuration.Values;

/// <summary>Durations as Go writes them: <c>1h30m</c>, <c>1.5h</c>, <c>-250ms</c>, <c>0</c>. Kept to 100 ns.</summary>
public static class GoDuration
{
    private static readonly (string Unit, decimal Nanoseconds)[] Units =
    [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000),
        ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ];

    /// <summary>Reads a duration; false when the text is none or does not fit Go's 64 bits of nanoseconds.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        bool negative = text is ['-', ..];
        if (text is ['-' or '+', ..])
        {
            text = text[1..];
        }
        if (text is "0")
        {
            return true;
        }
        if (text.IsEmpty)
        {
            return false;
        }
        decimal nanoseconds = 0;
        while (!text.IsEmpty)
        {
            if (!TryTakePart(ref text, out decimal part) || (nanoseconds += part) > long.MaxValue)
            {
                return false;
            }
        }
        value = TimeSpan.FromTicks((long)((negative ? -nanoseconds : nanoseconds) / 100));
        return true;
    }

    private static bool TryTakePart(ref ReadOnlySpan<char> text, out decimal nanoseconds)
    {
        nanoseconds = 0;
        Quantity.Take(ref text, out ReadOnlySpan<char> digits, out ReadOnlySpan<char> unit);
        if (digits.Length is 0 or > 25
            || !decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
        {
            return false;
        }
        foreach ((string name, decimal size) in Units)
        {
            if (unit.SequenceEqual(name))
            {
                nanoseconds = number > long.MaxValue / size ? long.MaxValue + 1m : number * size;
                return true;
            }
        }
        return false;
    }

    /// <summary>Writes a duration as Go does: <c>1h0m0s</c>, <c>1.5s</c>, <c>250ms</c>, <c>0s</c>.</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
        {
            return "0s";
        }
        decimal ticks = Math.Abs((decimal)value.Ticks);
        StringBuilder text = new(value < TimeSpan.Zero ? "-" : "");
        if (ticks < TimeSpan.TicksPerSecond)
        {
            return ticks < TimeSpan.TicksPerMillisecond
                ? text.Append($"{ticks / TimeSpan.TicksPerMicrosecond:0.##}µs").ToString()
                : text.Append($"{ticks / TimeSpan.TicksPerMillisecond:0.####}ms").ToString();
        }
        decimal hours = Math.Floor(ticks / TimeSpan.TicksPerHour);
        decimal minutes = Math.Floor(ticks % TimeSpan.TicksPerHour / TimeSpan.TicksPerMinute);
        decimal seconds = ticks % TimeSpan.TicksPerMinute / TimeSpan.TicksPerSecond;
        if (hours > 0)
        {
            text.Append($"{hours:0}h");
        }
        if (hours > 0 || minutes > 0)
        {
            text.Append($"{minutes:0}m");
        }
        return text.Append($"{seconds:0.#######}s").ToString();
    }
}
