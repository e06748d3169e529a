using System.Globalization;
using System.Text;

namespace Pyro.Configuration.Values;

/// <summary>Durations as Prometheus writes them and the limits have them: <c>1w2d</c>, <c>1h30m45s</c>, <c>0</c>; whole, without sign.</summary>
public static class PrometheusDuration
{
    private static readonly (string Unit, long Milliseconds, bool Exact)[] Units =
    [
        ("y", 365L * 86_400_000, true), ("w", 7 * 86_400_000, true), ("d", 86_400_000, false),
        ("h", 3_600_000, false), ("m", 60_000, false), ("s", 1_000, false), ("ms", 1, false),
    ];

    /// <summary>Reads a duration; false when the text is none. Units go from large to small, each at most once.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text is "0")
        {
            return true;
        }
        if (text.IsEmpty)
        {
            return false;
        }
        decimal milliseconds = 0;
        int next = 0;
        while (!text.IsEmpty)
        {
            Quantity.Take(ref text, out ReadOnlySpan<char> digits, out ReadOnlySpan<char> unit);
            if (digits.Length > 18 || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                return false;
            }
            while (next < Units.Length && !unit.SequenceEqual(Units[next].Unit))
            {
                next++;
            }
            if (next == Units.Length)
            {
                return false;
            }
            milliseconds += (decimal)number * Units[next++].Milliseconds;
        }
        if (milliseconds > long.MaxValue / 1_000_000)
        {
            return false;
        }
        value = TimeSpan.FromMilliseconds((long)milliseconds);
        return true;
    }

    /// <summary>Writes a duration as Prometheus does: <c>1w</c>, <c>1d</c>, <c>90m</c> as <c>1h30m</c>, zero as <c>0s</c>.</summary>
    public static string Format(TimeSpan value)
    {
        long milliseconds = (long)value.TotalMilliseconds;
        if (milliseconds <= 0)
        {
            return "0s";
        }
        StringBuilder text = new();
        foreach ((string unit, long size, bool exact) in Units)
        {
            // Years and weeks are written only when nothing smaller is left, so that 10d stays 10d.
            if (milliseconds >= size && (!exact || milliseconds % size == 0))
            {
                text.Append(milliseconds / size).Append(unit);
                milliseconds %= size;
            }
        }
        return text.ToString();
    }
}
