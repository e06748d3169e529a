namespace Aspire.Dashboard.Telemetry;

/// <summary>All telemetry received, within its limits.</summary>
internal sealed class TelemetryStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Name, string Instance), TelemetryResource> _resources = [];
    private readonly int _maxResources = 1000;

    public TelemetryStore(TelemetryLimits? limits = null)
    {
        Limits = limits ?? new TelemetryLimits();
        Logs = new LogStore(Limits);
        Traces = new TraceStore(Limits);
        Metrics = new MetricStore(Limits);
    }

    public TelemetryLimits Limits { get; }

    public LogStore Logs { get; }

    public TraceStore Traces { get; }

    public MetricStore Metrics { get; }

    /// <summary>The one object for a sender, so that ten thousand records share its attributes.</summary>
    public TelemetryResource Resource(TelemetryAttribute[] attributes)
    {
        string name = "unknown", instance = "";
        foreach (var attribute in attributes)
        {
            if (attribute.Name == "service.name" && attribute.Value.Length > 0)
                name = attribute.Value;
            else if (attribute.Name == "service.instance.id")
                instance = attribute.Value;
        }

        lock (_lock)
        {
            if (_resources.TryGetValue((name, instance), out var known) && known.Attributes.AsSpan().SequenceEqual(attributes))
                return known;
            // A sender that invents names makes the table start anew; what refers to the old objects keeps them.
            if (_resources.Count >= _maxResources)
                _resources.Clear();
            var resource = new TelemetryResource(name, instance, attributes);
            _resources[(name, instance)] = resource;
            return resource;
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
}
