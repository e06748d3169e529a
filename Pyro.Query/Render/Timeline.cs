using Pyro.Api.Types;

namespace Pyro.Query.Render;

/// <summary>Values at a fixed distance, for a chart.</summary>
/// <param name="Start">Time of the first value, s since the epoch.</param>
/// <param name="Step">Distance of two values, s.</param>
/// <param name="Samples">One value a step; where there is no point, 0.</param>
public sealed record Timeline(long Start, long Step, ulong[] Samples)
{
    private const long MaxPoints = 1500;
    private const long LeastStep = 15;

    // Up to and with so many seconds a step becomes so many seconds.
    private static readonly (double UpTo, long Step)[] Ladder =
    [
        (17.5, 15), (25, 20), (45, 30), (90, 60), (210, 120), (450, 300), (750, 600), (1050, 900), (1500, 1200), (2700, 1800),
        (5400, 3600), (9000, 7200), (16_200, 10_800), (32_400, 21_600), (86_400, 43_200), (604_800, 86_400), (1_814_400, 604_800),
    ];

    /// <summary>The step for a range, s: about 1500 of them, at least 15 s, rounded to what people like to read.</summary>
    /// <param name="from">s since the epoch.</param>
    /// <param name="until">s since the epoch.</param>
    public static long StepFor(long from, long until)
    {
        var step = Math.Max((until - from) / (double)MaxPoints, LeastStep);
        foreach (var (upTo, rounded) in Ladder)
        {
            if (step <= upTo) return rounded;
        }

        const long Week = 604_800;
        return step < 6 * Week ? 30 * 86_400 : 365 * 86_400;
    }

    /// <summary>Lays points out over a range.</summary>
    /// <param name="points">Ascending; those outside are left out.</param>
    /// <param name="from">ms since the epoch.</param>
    /// <param name="until">ms since the epoch; the last value stands before it.</param>
    /// <param name="step">s.</param>
    public static Timeline From(IEnumerable<Point> points, long from, long until, long step)
    {
        var stepMillis = step * 1000;
        var first = Floor(from, stepMillis);
        var samples = new ulong[Math.Max(0, (Floor(until, stepMillis) - first) / stepMillis)];
        foreach (var point in points)
        {
            var at = (Floor(point.Timestamp, stepMillis) - first) / stepMillis;
            if (at >= 0 && at < samples.Length) samples[at] = point.Value > 0 ? (ulong)point.Value : 0;
        }

        return new Timeline(first / 1000, step, samples);
    }

    private static long Floor(long time, long step) => time - (time % step);
}
