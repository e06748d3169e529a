using Grpc.Core;

namespace Pyro.Ingester.Head;

/// <summary>Whether a record is taken.</summary>
/// <param name="Code">OK: accepted.</param>
/// <param name="Message">Why not, else "".</param>
public readonly record struct AppendOutcome(StatusCode Code, string Message)
{
    /// <summary>It may go into the log and the head.</summary>
    public static AppendOutcome Accepted { get; } = new(StatusCode.OK, "");
}
