using Pyro.Configuration;

namespace Pyro.Distributor;

/// <summary>How the distributor works.</summary>
public sealed record DistributorOptions
{
    /// <summary>Time that each ingester has to answer a push.</summary>
    public TimeSpan PushTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of a push that may be sent, also after unpacking; 0: no limit.</summary>
    public long PushBytesMax { get; init; } = 256L << 20;

    /// <summary>Takes the options out of the settings.</summary>
    public static DistributorOptions From(Settings settings) => new()
    {
        PushTimeout = settings.Duration("distributor.pushtimeout"),
        PushBytesMax = (long)(settings.Number("limits.ingestion_body_limit_mb") * (1 << 20)),
    };

    /// <summary>Every fault, one line each; none: the options can be used.</summary>
    public IReadOnlyList<string> Faults() => PushTimeout > TimeSpan.Zero ? [] : ["-distributor.push.timeout must be positive"];
}
