namespace Pyro.Ingester.Shipping;

/// <summary>How the shipping of one tenant's blocks stands.</summary>
internal sealed class TenantShipping : IDisposable
{
    private volatile bool _isStale;

    /// <summary>Held by the one pass that is on its way.</summary>
    public SemaphoreSlim One { get; } = new(1);

    /// <summary>Whether what earlier lives shipped was read.</summary>
    public bool IsRead { get; set; }

    /// <summary>Whether the file tells something else than is known.</summary>
    public bool IsStale
    {
        get => _isStale;
        set => _isStale = value;
    }

    /// <summary>Passes that failed in a row.</summary>
    public int Failures { get; set; }

    /// <summary>When the last pass ended.</summary>
    public long Ended { get; set; }

    /// <summary>How long after that there is none.</summary>
    public TimeSpan Rest { get; set; }

    /// <summary>How long there is none from now on.</summary>
    public TimeSpan RestsFor(TimeProvider time) => Rest - time.GetElapsedTime(Ended);

    public void Dispose() => One.Dispose();
}
