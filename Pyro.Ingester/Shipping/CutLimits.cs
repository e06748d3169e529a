namespace Pyro.Ingester.Shipping;

/// <summary>When heads are sealed before their time.</summary>
public sealed record CutLimits
{
    /// <summary>Bytes of all open heads.</summary>
    public long HeadBytes { get; init; } = 10L * 10 * 128 << 20;

    /// <summary>Series of a head: the index of its block stays small enough to be written in memory.</summary>
    public int Series { get; init; } = 1_000_000;

    /// <summary>Share of the memory budget that may be used.</summary>
    public double MemoryShare { get; init; } = 0.7;

    /// <summary>Closed segments of the log; a replay reads them all.</summary>
    public int Segments { get; init; } = 16;
}
