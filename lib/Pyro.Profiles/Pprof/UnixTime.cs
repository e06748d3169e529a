namespace Pyro.Profiles.Pprof;

/// <summary>Times as pprof counts them.</summary>
public static class UnixTime
{
    /// <summary>ns since the epoch.</summary>
    public static long Nanos(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
}
