using Pyro.Configuration;

namespace Pyro.Distributor;

/// <summary>How the distributor works.</summary>
public sealed record DistributorOptions
{
    /// <summary>Time that each ingester has to answer a push.</summary>
    public TimeSpan PushTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most bytes of a push as sent, whoever the tenant is.</summary>
    public long PushBytesMax { get; init; } = 256L << 20;

    /// <summary>Takes the options out of the settings.</summary>
    public static DistributorOptions From(Settings settings) => new()
    {
        PushTimeout = settings.Duration("distributor.pushtimeout"),
        PushBytesMax = settings.Number("limits.ingestion_body_limit_mb") is > 0 and var limit ? (long)(limit * (1 << 20)) : int.MaxValue,
    };

    /// <summary>Every fault, one line each; none: the options can be used.</summary>
    public IReadOnlyList<string> Faults() => PushTimeout > TimeSpan.Zero ? [] : ["distributor.pushtimeout (-distributor.push.timeout) must be positive"];
}
