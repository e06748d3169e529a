namespace Pyro.ObjectStore;

/// <summary>The time that an attempt may take; its token ends with the caller's too.</summary>
internal sealed class AttemptLimit : IDisposable
{
    private readonly CancellationTokenSource _timed, _linked;

    public AttemptLimit(TimeSpan patience, TimeProvider time, CancellationToken cancellation)
    {
        Patience = patience;
        _timed = new CancellationTokenSource(patience, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timed.Token, cancellation);
    }

    /// <summary>How long it may take.</summary>
    public TimeSpan Patience { get; }

    /// <summary>Ends when the time is over.</summary>
    public CancellationToken Token => _linked.Token;

    /// <summary>Something came: the time begins anew.</summary>
    public void Renew() => _timed.CancelAfter(Patience);

    /// <summary>The time stands still.</summary>
    public void Suspend() => _timed.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _linked.Dispose();
        _timed.Dispose();
    }
}
