using Grpc.Core;

namespace Pyro.ServiceDefaults.Front;

/// <summary>Why a request is refused before its body is read.</summary>
/// <param name="Code">Status in every protocol.</param>
/// <param name="Message">For the client.</param>
/// <param name="Reason">Label of the metric.</param>
/// <param name="RetryAfterSeconds">When to try again; 0: never.</param>
public sealed record Refusal(StatusCode Code, string Message, string Reason, int RetryAfterSeconds)
{
    /// <summary>Our own budget is used up: 429, or its like, and Retry-After.</summary>
    public static Refusal Exhausted(string message, string reason) => new(StatusCode.ResourceExhausted, message, reason, 1);

    /// <summary>The configured bound of Pyroscope v2 is reached: 503.</summary>
    public static Refusal Unavailable(string message, string reason) => new(StatusCode.Unavailable, message, reason, 1);

    /// <summary>No tenant, or none that can be.</summary>
    public static Refusal Tenant(StatusCode code, string message) => new(code, message, "tenant", 0);
}
