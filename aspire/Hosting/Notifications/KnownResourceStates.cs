namespace Aspire.Hosting.ApplicationModel;

/// <summary>The states that resources go through.</summary>
public static class KnownResourceStates
{
    /// <summary>It starts when somebody starts it.</summary>
    public static readonly string NotStarted = "NotStarted";

    /// <summary>It waits for others.</summary>
    public static readonly string Waiting = "Waiting";

    /// <summary>It is being started.</summary>
    public static readonly string Starting = "Starting";

    /// <summary>It runs.</summary>
    public static readonly string Running = "Running";

    /// <summary>It is being stopped.</summary>
    public static readonly string Stopping = "Stopping";

    /// <summary>A container that ended.</summary>
    public static readonly string Exited = "Exited";

    /// <summary>A process that ended.</summary>
    public static readonly string Finished = "Finished";

    /// <summary>It could not be started.</summary>
    public static readonly string FailedToStart = "FailedToStart";

    /// <summary>No container engine answers.</summary>
    public static readonly string RuntimeUnhealthy = "RuntimeUnhealthy";

    /// <summary>It has no process and is of use.</summary>
    public static readonly string Active = "Active";

    /// <summary>The states in which nothing more happens by itself.</summary>
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}

/// <summary>How states are shown.</summary>
public static class KnownResourceStateStyles
{
    /// <summary>All is well.</summary>
    public static readonly string Success = "success";

    /// <summary>Something is wrong.</summary>
    public static readonly string Error = "error";

    /// <summary>Something is under way.</summary>
    public static readonly string Info = "info";

    /// <summary>Something may be wrong.</summary>
    public static readonly string Warn = "warn";
}
