namespace Pyro.Distributor.Ingest;

/// <summary>The suffix of an application's name says no type that is known.</summary>
internal sealed class UnknownTypeException(string suffix)
    : Exception($"pyroscopeIngesterAdapter failed to convert metadata: unknown profile type: {suffix}");

/// <summary>What the application's name tells of a profile that comes as text: <c>shop.cpu</c> is process_cpu of <c>shop</c>.</summary>
/// <param name="Service">The application without the suffix.</param>
/// <param name="Metric">The profile family.</param>
/// <param name="Type">Sample type.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Timed">Whether counts are samples of a clock, to be turned into nanoseconds of the sampling rate.</param>
internal sealed record AppType(string Service, string Metric, string Type, string Unit, bool Timed = false)
{
    /// <summary>Looks the suffix up; a name without a dot is cpu.</summary>
    /// <exception cref="UnknownTypeException">The suffix is none of the table.</exception>
    public static AppType Of(string app)
    {
        var dot = app.LastIndexOf('.');
        var (service, suffix) = dot < 0 ? (app, "cpu") : (app[..dot], app[(dot + 1)..]);
        return suffix switch
        {
            "cpu" or "itimer" => new(service, "process_cpu", "cpu", "nanoseconds", Timed: true),
            "wall" or "seconds" or "milliseconds" or "microseconds" or "nanoseconds" => new(service, "wall", "wall", "nanoseconds", Timed: true),
            "inuse_objects" or "alloc_objects" => new(service, "memory", suffix, "count"),
            "inuse_space" or "alloc_space" => new(service, "memory", suffix, "bytes"),
            "bytes" => new(service, "memory", "samples", "bytes"),
            "goroutines" => new(service, "goroutine", "goroutines", "count"),
            "mutex_count" => new(service, "mutex", "contentions", "count"),
            "mutex_duration" => new(service, "mutex", "delay", "nanoseconds"),
            "block_count" or "lock_count" => new(service, "block", "contentions", "count"),
            "block_duration" or "lock_duration" => new(service, "block", "delay", "nanoseconds"),
            "alloc_in_new_tlab_objects" or "alloc_outside_tlab_objects" => new(service, "memory", suffix, "count"),
            "alloc_in_new_tlab_bytes" or "alloc_outside_tlab_bytes" => new(service, "memory", suffix, "bytes"),
            "live" => new(service, "memory", "live", "count"),
            "exceptions" => new(service, "exceptions", "samples", "count"),
            _ => throw new UnknownTypeException(suffix),
        };
    }
}
