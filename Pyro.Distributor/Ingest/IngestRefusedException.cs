namespace Pyro.Distributor.Ingest;

/// <summary>An ingest request is answered with an error.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="message">For the client.</param>
internal sealed class IngestRefusedException(int status, string message) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>Seconds after which it may be tried again; 0: that does not help.</summary>
    public int RetryAfter { get; init; }
}
