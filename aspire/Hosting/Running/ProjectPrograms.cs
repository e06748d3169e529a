using System.Reflection;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>The program that a project's build made.</summary>
/// <param name="Path">What is run.</param>
/// <param name="Arguments">What comes before the arguments of the model.</param>
internal sealed record ProjectProgram(string Path, IReadOnlyList<string> Arguments);

/// <summary>
/// The programs of all projects of the graph: one build for all, begun when the application starts and awaited by those whose turn
/// comes. A project that did not build is built again when it is started again. Projects that the AppHost's own build made are taken as
/// they are: its assembly names them and their output.
/// </summary>
internal sealed class ProjectPrograms(DistributedApplicationModel model, RunOptions options, Assembly? appHost, Terminal terminal) : IDisposable
{
    /// <summary>The metadata that the AppHost's build writes for each project it built: "PROJECT|ASSEMBLY".</summary>
    public const string BuiltWithAppHost = "apphostprojectoutput";

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task<IReadOnlyDictionary<string, BuiltProject>>> _builds = new(StringComparer.Ordinal);

    /// <summary>Begins the build of all projects that need one.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            var projects = model.Resources.Select(resource => resource.TryGetLastAnnotation<IProjectMetadata>(out var project) ? project : null)
                .OfType<IProjectMetadata>().ToList();
            var build = Build(projects, _stopping.Token);
            projects.ForEach(project => _builds[Path.GetFullPath(project.ProjectPath)] = build);
        }
    }

    /// <summary>What runs a project.</summary>
    /// <param name="project">The project.</param>
    /// <param name="log">Gets the compiler's errors.</param>
    /// <param name="cancellation">Ends the wait, not the build.</param>
    /// <exception cref="LaunchException">The project did not build.</exception>
    public async Task<ProjectProgram> Program(IProjectMetadata project, Action<string> log, CancellationToken cancellation)
    {
        var path = Path.GetFullPath(project.ProjectPath);
        var build = BuildOf(project, path);
        try
        {
            var built = (await build.WaitAsync(cancellation))[path];
            if (built.TargetPath is { } target)
                return Program(target);
            foreach (var error in built.Errors)
                log(error);
            throw new LaunchException($"The project {path} does not build: {built.Errors[0]}");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Forget(path, build);
            throw;
        }
    }

    /// <summary>What runs an assembly that was built.</summary>
    public static ProjectProgram Program(string target)
    {
        var native = Path.ChangeExtension(target, OperatingSystem.IsWindows() ? ".exe" : null);
        return File.Exists(native) ? new(native, []) : new(ProjectBuild.DotnetPath(), [target]);
    }

    /// <summary>Ends a build that is under way.</summary>
    public Task End() => _stopping.CancelAsync();

    /// <summary>Frees what it holds.</summary>
    public void Dispose() => _stopping.Dispose();

    private Task<IReadOnlyDictionary<string, BuiltProject>> BuildOf(IProjectMetadata project, string path)
    {
        lock (_lock)
        {
            if (!_builds.TryGetValue(path, out var build))
                _builds[path] = build = Build([project], _stopping.Token);
            return build;
        }
    }

    /// <summary>The next start builds the project again, unless that has begun already.</summary>
    private void Forget(string path, Task<IReadOnlyDictionary<string, BuiltProject>> build)
    {
        lock (_lock)
        {
            if (_builds.TryGetValue(path, out var latest) && latest == build)
                _builds.Remove(path);
        }
    }

    private async Task<IReadOnlyDictionary<string, BuiltProject>> Build(IReadOnlyList<IProjectMetadata> projects, CancellationToken cancellation)
    {
        var results = new Dictionary<string, BuiltProject>(StringComparer.Ordinal);
        var asked = new Dictionary<string, bool>(StringComparer.Ordinal);
        var known = Known();
        foreach (var project in projects)
        {
            var path = Path.GetFullPath(project.ProjectPath);
            if (!File.Exists(path))
                results[path] = new(null, [$"The project file {path} does not exist."]);
            else if (known.TryGetValue(path, out var target) && File.Exists(target))
                results[path] = new(target, []);
            else
                asked[path] = !project.SuppressBuild && !known.ContainsKey(path);
        }
        if (asked.ContainsValue(true))
            terminal.Say($"Building {string.Join(", ", asked.Where(one => one.Value).Select(one => Path.GetFileNameWithoutExtension(one.Key)))}");
        await Task.Yield();
        foreach (var (path, result) in await new ProjectBuild(options.AppHostDirectory, Configuration()).Run(asked, _ => { }, cancellation))
            results[path] = result;
        return results;
    }

    private Dictionary<string, string> Known()
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var one in appHost?.GetCustomAttributes<AssemblyMetadataAttribute>() ?? [])
        {
            if (one.Key == BuiltWithAppHost && one.Value?.Split('|', 2) is [var project, var target])
                known[Path.GetFullPath(project)] = target;
        }
        return known;
    }

    private string Configuration() => appHost?.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration is { Length: > 0 } configuration ? configuration : "Debug";
}
