namespace Aspire.Dashboard.Telemetry;

/// <summary>About how many bytes something keeps alive: objects and characters; names that come again are counted each time.</summary>
internal static class Weight
{
    public static long Of(LogEntry log) => 160 + Of(log.Message) + Of(log.Attributes);

    public static long Of(SpanEntry span)
    {
        var weight = 220 + Of(span.StatusMessage) + Of(span.Name) + Of(span.Attributes);
        foreach (var happened in span.Events)
            weight += 80 + Of(happened.Name) + Of(happened.Attributes);
        foreach (var link in span.Links)
            weight += 80 + Of(link.Name) + Of(link.Attributes);
        return weight;
    }

    public static long Of(TelemetryAttribute[] attributes)
    {
        long weight = 24 + (16 * attributes.Length);
        foreach (var attribute in attributes)
            weight += Of(attribute.Name) + Of(attribute.Value);
        return weight;
    }

    private static long Of(string text) => 22 + (2 * text.Length);
}
