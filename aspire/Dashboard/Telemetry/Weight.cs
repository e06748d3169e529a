namespace Aspire.Dashboard.Telemetry;

/// <summary>About how many bytes something keeps alive: objects and characters; texts that come again are counted each time.</summary>
internal static class Weight
{
    public static long Of(LogEntry log) => 180 + Of(log.Message) + Of(log.Scope) + Of(log.EventName) + Of(log.Attributes) + Of(log.Resource);

    public static long Of(SpanEntry span)
    {
        var weight = 240 + Of(span.StatusMessage) + Of(span.Name) + Of(span.Scope) + Of(span.Attributes) + Of(span.Resource);
        foreach (var happened in span.Events)
            weight += 80 + Of(happened.Name) + Of(happened.Attributes);
        foreach (var link in span.Links)
            weight += 80 + Of(link.Name) + Of(link.Attributes);
        return weight;
    }

    public static long Of(TelemetryAttribute[] attributes)
    {
        long weight = 24;
        foreach (var attribute in attributes)
            weight += Of(attribute);
        return weight;
    }

    public static long Of(in TelemetryAttribute attribute) => 16 + Of(attribute.Name) + Of(attribute.Value);

    /// <summary>The names of a point's instrument.</summary>
    public static long Of(in MetricSample sample) => 400 + Of(sample.Resource.Name) + Of(sample.Meter) + Of(sample.Name) + Of(sample.Unit) + Of(sample.Description);

    /// <summary>A sender's own object, where it is not counted elsewhere.</summary>
    public static long Of(TelemetryResource resource) => resource.IsShared ? 0 : 60 + Of(resource.Name) + Of(resource.Instance);

    private static long Of(string text) => 22 + (2 * text.Length);
}
