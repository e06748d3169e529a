namespace Aspire.Hosting.Running;

/// <summary>The end of the patience with what is being stopped, and why it ended.</summary>
internal sealed class Hurry : IDisposable
{
    private readonly CancellationTokenSource _source;
    private string? _reason;

    /// <summary>Patience that ends with the time for stopping everything, or by <see cref="Begin"/>.</summary>
    /// <param name="timeIsOver">The end of that time.</param>
    public Hurry(CancellationToken timeIsOver) => _source = CancellationTokenSource.CreateLinkedTokenSource(timeIsOver);

    /// <summary>Patience without end.</summary>
    public static Hurry None { get; } = new(CancellationToken.None);

    /// <summary>Cancelled when the patience is over.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Why the patience is over, after "because"; null while it is not.</summary>
    public string? Reason => _source.IsCancellationRequested ? _reason ?? "the time for stopping everything was over" : null;

    /// <summary>Ends the patience.</summary>
    /// <param name="reason">After "because".</param>
    public void Begin(string reason)
    {
        _reason ??= reason;
        _source.Cancel();
    }

    /// <summary>Frees what it holds.</summary>
    public void Dispose() => _source.Dispose();
}
