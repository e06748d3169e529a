namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource waits for another before it starts.</summary>
/// <param name="resource">The resource waited for.</param>
/// <param name="waitType">What it waits for.</param>
/// <param name="exitCode">The exit code that counts as completion.</param>
public sealed class WaitAnnotation(IResource resource, WaitType waitType, int exitCode = 0) : IResourceAnnotation
{
    /// <summary>The resource waited for.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>What it waits for.</summary>
    public WaitType WaitType { get; } = waitType;

    /// <summary>The exit code that counts as completion.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>What happens when the other fails; null: as the application does by default.</summary>
    public WaitBehavior? WaitBehavior { get; init; }
}

/// <summary>What is waited for.</summary>
public enum WaitType
{
    /// <summary>Every instance runs, is healthy and said to be ready.</summary>
    WaitUntilHealthy = 0,

    /// <summary>Every instance ended with the exit code expected.</summary>
    WaitForCompletion = 1,

    /// <summary>Every instance runs.</summary>
    WaitUntilStarted = 2,
}

/// <summary>What a waiting resource does when the other fails.</summary>
public enum WaitBehavior
{
    /// <summary>It goes on waiting; the other may be started again.</summary>
    WaitOnResourceUnavailable = 0,

    /// <summary>It fails too.</summary>
    StopOnResourceUnavailable = 1,
}
