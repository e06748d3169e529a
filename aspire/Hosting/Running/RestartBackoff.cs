namespace Aspire.Hosting.Running;

/// <summary>How long to wait before a crashed process is started again: 1 s, doubled up to 30 s, from the start again after a minute of running.</summary>
internal sealed class RestartBackoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(30), Settled = TimeSpan.FromMinutes(1);
    private TimeSpan _next = First;

    /// <summary>How often it crashed since it last ran for long.</summary>
    public int Crashes { get; private set; }

    /// <summary>The wait after a crash.</summary>
    /// <param name="ran">How long the process had run.</param>
    public TimeSpan Next(TimeSpan ran)
    {
        if (ran >= Settled)
            Reset();
        var wait = _next;
        _next = wait * 2 < Longest ? wait * 2 : Longest;
        Crashes++;
        return wait;
    }

    /// <summary>Somebody started it by hand.</summary>
    public void Reset() => (_next, Crashes) = (First, 0);
}
