using System.Globalization;

namespace Pyro.Load;

/// <summary>What a process used, from the kernel's accounting.</summary>
internal readonly record struct ProcessUse(double CpuSeconds, long ResidentBytes, long PeakBytes)
{
    private const double TicksPerSecond = 100;

    public static ProcessUse? Of(int? processId)
    {
        if (processId is null)
            return null;
        // After the name in parentheses: state is field 3; utime and stime are fields 14 and 15.
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var status = File.ReadLines($"/proc/{processId}/status").ToList();
        return new ProcessUse(
            (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond,
            Kilobytes(status, "VmRSS:"), Kilobytes(status, "VmHWM:"));
    }

    private static long Kilobytes(List<string> status, string name)
    {
        var line = status.First(l => l.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}

/// <summary>Latencies in ms, kept one by one: percentiles are exact.</summary>
internal sealed class Latencies
{
    private readonly Lock _gate = new();
    private readonly List<double> _values = [];

    public void Add(double milliseconds)
    {
        lock (_gate)
            _values.Add(milliseconds);
    }

    public void Clear()
    {
        lock (_gate)
            _values.Clear();
    }

    public double[] Sorted()
    {
        lock (_gate)
            return [.. _values.Order()];
    }

    public static double Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
}

/// <summary>The result of a run, as it is written to JSON.</summary>
internal sealed record Report
{
    public required string Run { get; init; }
    public required string Url { get; init; }
    public required string Loop { get; init; }
    public required double Seconds { get; init; }
    public required long Requests { get; init; }
    public required long Failed { get; init; }
    public string? FirstFailure { get; init; }
    public required double PerSecond { get; init; }
    public double? MegabytesPerSecond { get; init; }
    public double? PerCpuSecond { get; init; }
    public double? MegabytesPerCpuSecond { get; init; }
    public required double P50Ms { get; init; }
    public required double P99Ms { get; init; }
    public required double P999Ms { get; init; }
    public required double MaxMs { get; init; }
    public double? FirstMs { get; init; }
    public long? ResidentBytes { get; init; }
    public long? PeakBytes { get; init; }
    public string? Check { get; init; }
}
