using Aspire.Dashboard.Telemetry;

namespace Aspire.Dashboard.Otlp;

/// <summary>Reads a request into the store and returns how many of its items were refused.</summary>
/// <exception cref="OtlpException">The bytes are no such request.</exception>
internal delegate long StoreRequest(ReadOnlySpan<byte> request, TelemetryStore store);

/// <summary>One of the three kinds of telemetry: where it is sent to and how it is read.</summary>
/// <param name="Path">The path for HTTP.</param>
/// <param name="Service">The gRPC service, whose one method is Export.</param>
/// <param name="Store">How a request is read.</param>
internal sealed record OtlpSignal(string Path, string Service, StoreRequest Store)
{
    public static readonly OtlpSignal[] All =
    [
        new("/v1/logs", "opentelemetry.proto.collector.logs.v1.LogsService", OtlpLogs.Store),
        new("/v1/traces", "opentelemetry.proto.collector.trace.v1.TraceService", OtlpTraces.Store),
        new("/v1/metrics", "opentelemetry.proto.collector.metrics.v1.MetricsService", OtlpMetrics.Store),
    ];

    /// <summary>An Export…ServiceResponse: empty, or with a partial success that says how many items were refused (fields 1 and 2).</summary>
    public static byte[] Answer(long refused)
    {
        if (refused == 0)
            return [];
        var why = "over the limits of the dashboard, or without a name"u8;
        List<byte> partial = [1 << 3 | 0];
        var rest = (ulong)refused;
        for (; rest >= 0x80; rest >>= 7)
            partial.Add((byte)(rest | 0x80));
        partial.AddRange([(byte)rest, 2 << 3 | 2, (byte)why.Length, .. why]);
        return [1 << 3 | 2, (byte)partial.Count, .. partial];
    }
}
