namespace Aspire.Hosting.Running;

/// <summary>How one replica runs this time.</summary>
/// <param name="Launch">The process to start and follow.</param>
/// <param name="Runs">What is really running, said plainly: "process", "container (docker)", "stand-in process".</param>
internal sealed record RunPlan(Launch Launch, string Runs)
{
    /// <summary>The variables of the model and the framework, for people to see.</summary>
    public required IReadOnlyList<RunVariable> Variables { get; init; }

    /// <summary>Facts for the snapshot, by the names that Aspire gives them.</summary>
    public IReadOnlyList<(string Name, object Value)> Properties { get; init; } = [];

    /// <summary>The container that the process stands for and that must not outlive the AppHost.</summary>
    public string? Container { get; init; }

    /// <summary>The engine that runs it.</summary>
    public ContainerEngine? Engine { get; init; }

    /// <summary>What has to happen before the process is started: a container that outlives the AppHost is made to run.</summary>
    public Func<CancellationToken, Task>? Prepare { get; init; }

    /// <summary>How it is stopped by command when ending the process does not do it.</summary>
    public Func<TimeSpan, CancellationToken, Task>? StopByCommand { get; init; }

    /// <summary>What removes what may be left after the process has ended; null: nothing.</summary>
    public Func<Task>? CleanUp { get; init; }
}

/// <summary>A variable of a process.</summary>
internal sealed record RunVariable(string Name, string Value, bool IsSecret);
