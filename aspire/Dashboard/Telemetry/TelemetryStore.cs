namespace Aspire.Dashboard.Telemetry;

/// <summary>All telemetry received, within its limits.</summary>
internal sealed class TelemetryStore
{
    /// <summary>Senders whose attributes are kept, and about how many bytes of them.</summary>
    private const int MaxResources = 1000, MaxResourceBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Name, string Instance), TelemetryResource> _resources = [];
    private readonly TimeProvider _clock;
    private long _bytes;

    /// <summary>A store that holds nothing yet.</summary>
    /// <param name="limits">How much is kept; null: the usual.</param>
    /// <param name="isKnown">Whether a resource of this name is in the graph; null: none is.</param>
    /// <param name="clock">Tells when something arrives; null: the machine's clock.</param>
    public TelemetryStore(TelemetryLimits? limits = null, Func<string, bool>? isKnown = null, TimeProvider? clock = null)
    {
        Limits = limits ?? new TelemetryLimits();
        _clock = clock ?? TimeProvider.System;
        isKnown ??= _ => false;
        Logs = new LogStore(Limits, isKnown);
        Traces = new TraceStore(Limits, isKnown);
        Metrics = new MetricStore(Limits, isKnown);
    }

    public TelemetryLimits Limits { get; }

    public LogStore Logs { get; }

    public TraceStore Traces { get; }

    public MetricStore Metrics { get; }

    /// <summary>Nanoseconds since the epoch, by this machine.</summary>
    public long Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>
    /// The one object for a sender, so that ten thousand records share its attributes. Past the bounds, which only a sender that invents
    /// names meets, what is not known yet goes without attributes.
    /// </summary>
    public TelemetryResource Resource(TelemetryAttribute[] attributes)
    {
        string name = "unknown", instance = "";
        foreach (var attribute in attributes)
        {
            if (attribute.Name == "service.name" && attribute.Value.Length > 0)
                name = Cut(attribute.Value);
            else if (attribute.Name == "service.instance.id")
                instance = Cut(attribute.Value);
        }

        lock (_lock)
        {
            var known = _resources.GetValueOrDefault((name, instance));
            if (known is not null && known.Attributes.AsSpan().SequenceEqual(attributes))
                return known;
            var weight = Weight.Of(attributes) - (known is null ? 0 : Weight.Of(known.Attributes));
            var fits = weight + _bytes <= MaxResourceBytes;
            if (known is null && (!fits || _resources.Count >= MaxResources))
                return new TelemetryResource(name, instance, []) { IsShared = false };
            known ??= _resources[(name, instance)] = new TelemetryResource(name, instance, []);
            if (fits)
            {
                known.Attributes = attributes;
                _bytes += weight;
            }
            return known;
        }
    }

    /// <summary>The names of all senders, in order.</summary>
    public SortedSet<string> ResourceNames()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        lock (_lock)
        {
            foreach (var key in _resources.Keys)
                names.Add(key.Name);
        }
        return names;
    }

    private static string Cut(string name) => name.Length <= TelemetryLimits.MaxResourceName ? name : name[..TelemetryLimits.MaxResourceName] + "…";
}
