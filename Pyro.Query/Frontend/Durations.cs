using System.Globalization;

namespace Pyro.Query.Frontend;

/// <summary>Durations in the two notations that messages use.</summary>
public static class Durations
{
    private static readonly (string Unit, long Millis, bool OnlyWhole)[] Units =
    [
        ("y", 365L * 24 * 3600 * 1000, true),
        ("w", 7L * 24 * 3600 * 1000, true),
        ("d", 24L * 3600 * 1000, false),
        ("h", 3600L * 1000, false),
        ("m", 60L * 1000, false),
        ("s", 1000, false),
        ("ms", 1, false),
    ];

    /// <summary>As Go prints a duration: <c>48h0m0s</c>, <c>1.5s</c>, <c>1ms</c>.</summary>
    /// <param name="millis">Not below zero.</param>
    public static string Go(long millis)
    {
        if (millis == 0) return "0s";
        if (millis < 1000) return $"{millis}ms";
        var (minutes, rest) = Math.DivRem(millis, 60_000);
        var seconds = (rest / 1000m).ToString("0.###", CultureInfo.InvariantCulture) + "s";
        if (minutes == 0) return seconds;
        return minutes < 60 ? $"{minutes}m{seconds}" : $"{minutes / 60}h{minutes % 60}m{seconds}";
    }

    /// <summary>As Prometheus prints a duration: <c>1d</c>, <c>1h30m</c>; years and weeks only when nothing remains.</summary>
    /// <param name="millis">Not below zero.</param>
    public static string Prometheus(long millis)
    {
        if (millis == 0) return "0s";
        var text = "";
        foreach (var (unit, length, onlyWhole) in Units)
        {
            if (onlyWhole && millis % length != 0) continue;
            if (millis / length > 0) text += $"{millis / length}{unit}";
            millis %= length;
        }

        return text;
    }
}
