using System.Globalization;
using Aspire.Dashboard.Telemetry;

namespace Aspire.Dashboard.Components;

/// <summary>How values are written on the pages.</summary>
internal static class Show
{
    /// <summary>A time of today with milliseconds, and one of another day with its date, by the machine's clock.</summary>
    public static string Time(DateTimeOffset time)
    {
        var local = time.ToLocalTime();
        return local.ToString(local.Date == DateTimeOffset.Now.Date ? "HH:mm:ss.fff" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>A time with its date.</summary>
    public static string DateTime(DateTimeOffset? time) => time is null ? "" : time.Value.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Nanoseconds since the epoch as time of day, with the date when it is not today.</summary>
    public static string Time(long nanos) => Time(DateTimeOffset.UnixEpoch.AddTicks(nanos / 100));

    /// <summary>Nanoseconds since the epoch with the date.</summary>
    public static string DateTime(long nanos) => DateTimeOffset.UnixEpoch.AddTicks(nanos / 100).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    /// <summary>The day of nanoseconds since the epoch.</summary>
    public static string Date(long nanos) => DateTimeOffset.UnixEpoch.AddTicks(nanos / 100).ToLocalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A duration with three digits and its unit.</summary>
    public static string Duration(long nanos) => nanos switch
    {
        < 1_000 => $"{nanos} ns",
        < 1_000_000 => Digits(nanos / 1e3) + " µs",
        < 1_000_000_000 => Digits(nanos / 1e6) + " ms",
        _ => Digits(nanos / 1e9) + " s",
    };

    /// <summary>What a page says of the oldest items that had to make room.</summary>
    public static string Dropped(long dropped) => dropped == 0 ? "" : $", {dropped:#,0} older ones dropped";

    /// <summary>What a page says when it has nothing to show.</summary>
    /// <param name="what">What it would show.</param>
    /// <param name="isFiltered">Whether it shows only some of what there is.</param>
    /// <param name="dropped">How many had to make room.</param>
    public static string Nothing(string what, bool isFiltered, long dropped) =>
        isFiltered ? $"No {what} matches what is searched for."
        : dropped > 0 ? $"No {what} is left: newer ones took the room."
        : $"No {what} yet. Resources send them by OTLP.";

    /// <summary>A number as short as it can be told.</summary>
    public static string Number(double number) => double.IsNaN(number) ? "–"
        : Math.Abs(number) is >= 1e15 or (> 0 and < 1e-4) ? number.ToString("0.###e0", CultureInfo.InvariantCulture)
        : number.ToString("#,0.####", CultureInfo.InvariantCulture);

    /// <summary>The level that a severity number belongs to.</summary>
    public static string Level(int severity) => severity switch
    {
        0 => "Unset",
        <= 4 => "Trace",
        <= 8 => "Debug",
        <= 12 => "Information",
        <= 16 => "Warning",
        <= 20 => "Error",
        _ => "Critical",
    };

    /// <summary>The kind of a span.</summary>
    public static string Kind(int kind) => kind switch { 2 => "Server", 3 => "Client", 4 => "Producer", 5 => "Consumer", _ => "Internal" };

    /// <summary>A trace's id in hexadecimal digits.</summary>
    public static string Id(UInt128 trace) => trace.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>A span's id in hexadecimal digits.</summary>
    public static string Id(ulong span) => span.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Attributes in one line.</summary>
    public static string Line(TelemetryAttribute[] attributes) =>
        attributes.Length == 0 ? "(no attributes)" : string.Join(", ", attributes.Select(attribute => attribute.Name + "=" + attribute.Value));

    /// <summary>The class that colours a resource's state.</summary>
    public static string StateClass(DashboardResource resource) => resource.StateStyle switch
    {
        "success" or "info" or "warning" or "error" => resource.StateStyle,
        _ => (resource.State, resource.Health) switch
        {
            (_, "Unhealthy") => "error",
            (_, "Degraded") => "warning",
            ("Running", _) => "success",
            ("Finished", _) => "info",
            ("Exited", _) => resource.ExitCode is null or 0 ? "info" : "error",
            ("FailedToStart" or "RuntimeUnhealthy", _) => "error",
            _ => "info",
        },
    };

    /// <summary>A resource's state in words, with health and exit code where they say more.</summary>
    public static string State(DashboardResource resource)
    {
        var state = resource.State ?? "Unknown";
        if (resource.Health is not null && resource.State == "Running")
            return $"{state} ({resource.Health.ToLowerInvariant()})";
        return resource.ExitCode is not null && resource.State is "Exited" or "Finished" ? $"{state} (exit code {resource.ExitCode})" : state;
    }

    /// <summary>A source without the folders before a file.</summary>
    public static string Source(string source) => source.EndsWith("proj", StringComparison.Ordinal) ? source[(source.LastIndexOfAny(['/', '\\']) + 1)..] : source;

    private static string Digits(double value) => value.ToString(value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
}
