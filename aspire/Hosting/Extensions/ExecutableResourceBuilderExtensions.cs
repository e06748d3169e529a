using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What can be said of an executable.</summary>
public static class ExecutableResourceBuilderExtensions
{
    /// <summary>Adds a program.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="command">The program: a path, or a name that is looked up on the PATH.</param>
    /// <param name="workingDirectory">The folder it runs in, relative to the AppHost's.</param>
    /// <param name="args">Its arguments.</param>
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args) =>
        builder.AddExecutable(name, command, workingDirectory, (object[]?)args);

    /// <summary>Adds a program.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="command">The program: a path, or a name that is looked up on the PATH.</param>
    /// <param name="workingDirectory">The folder it runs in, relative to the AppHost's.</param>
    /// <param name="args">Its arguments: strings, or anything that has a value later.</param>
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params object[]? args)
    {
        var added = builder.AddResource(new ExecutableResource(name, command, Path.GetFullPath(workingDirectory, builder.AppHostDirectory)));
        return args is { Length: > 0 } ? added.WithArgs(args) : added;
    }

    /// <summary>Sets the program.</summary>
    public static IResourceBuilder<T> WithCommand<T>(this IResourceBuilder<T> builder, string command)
        where T : ExecutableResource
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        builder.Resource.Annotation.Command = command;
        return builder;
    }

    /// <summary>Sets the folder that the program runs in, relative to the AppHost's.</summary>
    public static IResourceBuilder<T> WithWorkingDirectory<T>(this IResourceBuilder<T> builder, string workingDirectory)
        where T : ExecutableResource
    {
        builder.Resource.Annotation.WorkingDirectory = Path.GetFullPath(workingDirectory, builder.ApplicationBuilder.AppHostDirectory);
        return builder;
    }
}
