using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>Makes of a resource and its model what is started for one replica.</summary>
internal sealed class RunPlanner(
    DistributedApplicationExecutionContext execution, ResourceLoggerService loggers, ProjectPrograms projects, ContainerPlanner containers)
{
    /// <summary>Plans the next run of a replica. Waits for the build of a project and for the addresses of endpoints that are referred to.</summary>
    /// <exception cref="LaunchException">It cannot be started; the message says why.</exception>
    public async Task<RunPlan> Plan(IResource resource, string id, ReplicaPorts ports, CancellationToken cancellation)
    {
        var isContainer = resource.HasAnnotationOfType<ContainerImageAnnotation>();
        var inside = isContainer ? await containers.InsidePorts(resource, ports, cancellation) : ports.Targets;
        var instance = new ResourceInstance(id, InstanceName.Suffix(resource, id), inside);
        var logger = loggers.GetLogger(id);
        var arguments = await Evaluation.ArgumentsOf(resource, instance, execution, logger, cancellation);
        var variables = await Evaluation.EnvironmentOf(resource, instance, execution, logger, cancellation);
        if (isContainer)
            return await containers.Plan(resource, id, ports, arguments, variables, cancellation);
        if (resource.TryGetLastAnnotation<IProjectMetadata>(out var project))
        {
            var program = await projects.Program(project, line => logger.LogError("{Line}", line), cancellation);
            AddRuntime(variables);
            var folder = Path.GetDirectoryName(Path.GetFullPath(project.ProjectPath))!;
            return Process(program.Path, program.Arguments, folder, arguments, variables, ("project.path", project.ProjectPath));
        }
        if (resource is ExecutableResource executable)
            return Process(executable.Command, [], executable.WorkingDirectory, arguments, variables);
        throw new LaunchException($"Resource '{resource.Name}' ({resource.GetType().Name}) says nothing that could be started.");
    }

    /// <summary>The arguments as people may see them.</summary>
    internal static string Masked(IEnumerable<ResolvedValue> arguments) => string.Join(' ', arguments.Select(one => one.IsSecret ? "••••" : one.Text));

    private static RunPlan Process(
        string program, IReadOnlyList<string> first, string folder, List<ResolvedValue> arguments, Dictionary<string, ResolvedValue> variables,
        params ReadOnlySpan<(string Name, object Value)> properties) =>
        new(new(program, [.. first, .. arguments.Select(one => one.Text)], folder, variables.ToDictionary(one => one.Key, one => one.Value.Text, StringComparer.Ordinal)), "process")
        {
            Variables = [.. variables.Select(one => new RunVariable(one.Key, one.Value.Text, one.Value.IsSecret))],
            Properties = [("executable.args", Masked(arguments)), .. properties],
        };

    /// <summary>Tells a project's program where .NET is, when it could not find it by itself.</summary>
    private static void AddRuntime(Dictionary<string, ResolvedValue> variables)
    {
        var root = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is null && File.Exists(Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet")))
            variables.TryAdd("DOTNET_ROOT", new(root, IsSecret: false));
    }
}
