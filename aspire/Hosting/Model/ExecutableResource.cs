namespace Aspire.Hosting.ApplicationModel;

/// <summary>A program that is run as it is.</summary>
public class ExecutableResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport,
    IResourceWithProbes, IComputeResource
{
    /// <summary>Keeps what to run and where.</summary>
    /// <param name="name">The resource's name.</param>
    /// <param name="command">The program: a path, or a name that is looked up on the PATH.</param>
    /// <param name="workingDirectory">The full path of the folder it runs in.</param>
    public ExecutableResource(string name, string command, string workingDirectory)
        : base(name)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        ArgumentNullException.ThrowIfNull(workingDirectory);
        base.Annotations.Add(Annotation = new ExecutableAnnotation { Command = command, WorkingDirectory = workingDirectory });
    }

    /// <summary>The program.</summary>
    public string Command => Annotation.Command;

    /// <summary>The folder it runs in.</summary>
    public string WorkingDirectory => Annotation.WorkingDirectory;

    internal ExecutableAnnotation Annotation { get; }
}

/// <summary>What an executable runs and where; the model may change both.</summary>
internal sealed class ExecutableAnnotation : IResourceAnnotation
{
    public required string Command { get; set; }

    public required string WorkingDirectory { get; set; }
}
