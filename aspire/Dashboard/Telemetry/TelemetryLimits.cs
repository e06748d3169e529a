namespace Aspire.Dashboard.Telemetry;

/// <summary>How much telemetry is kept of all resources; when more comes, the oldest goes of the one that has most.</summary>
/// <param name="MaxLogs">Log records.</param>
/// <param name="MaxTraces">Traces.</param>
/// <param name="MaxSpansPerTrace">Spans of one resource in one trace; further ones are refused.</param>
/// <param name="MaxPoints">Series of metrics, each with its latest point.</param>
/// <param name="MaxBytes">Estimated bytes of each of the three kinds.</param>
internal sealed record TelemetryLimits(
    int MaxLogs = 10_000,
    int MaxTraces = 10_000,
    int MaxSpansPerTrace = 10_000,
    int MaxPoints = 50_000,
    long MaxBytes = 16 << 20)
{
    /// <summary>Estimated bytes that are taken of one request; what comes after them is refused.</summary>
    public long MaxBatchBytes => MaxBytes / 4;

    /// <summary>Estimated bytes of a sender's own attributes; further ones are left out.</summary>
    public const int MaxResourceBytes = 16 << 10;

    /// <summary>Attributes of one record, span, event, link, point or resource; further ones are left out.</summary>
    public const int MaxAttributes = 128;

    /// <summary>Bytes of one attribute value or message; longer ones are cut.</summary>
    public const int MaxValueBytes = 8192;

    /// <summary>Bytes of a name or key; longer ones are cut.</summary>
    public const int MaxNameBytes = 1024;

    /// <summary>Characters of a resource's name and of its instance's; longer ones are cut.</summary>
    public const int MaxResourceName = 256;

    /// <summary>Events, and links, of one span; further ones are left out.</summary>
    public const int MaxEvents = 128;
}
