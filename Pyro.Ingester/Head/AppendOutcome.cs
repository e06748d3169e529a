using Grpc.Core;

namespace Pyro.Ingester.Head;

/// <summary>What became of a record.</summary>
/// <param name="Code">OK: stored.</param>
/// <param name="Message">Why not, else "".</param>
public readonly record struct AppendOutcome(StatusCode Code, string Message)
{
    /// <summary>Stored, or known already.</summary>
    public static AppendOutcome Stored { get; } = new(StatusCode.OK, "");
}
