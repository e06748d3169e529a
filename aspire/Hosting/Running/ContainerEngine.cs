using System.Text;

namespace Aspire.Hosting.Running;

/// <summary>The command line of a container engine, docker or podman, that answered when it was asked for its version.</summary>
internal sealed class ContainerEngine
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);
    private readonly string _path;

    private ContainerEngine(string name, string path) => (Name, _path) = (name, path);

    /// <summary>"docker" or "podman".</summary>
    public string Name { get; }

    /// <summary>The program.</summary>
    public string Path => _path;

    /// <summary>The first engine whose server answers; null when there is none.</summary>
    /// <param name="wanted">Look for this one only ("docker", "podman" or a path); null: docker, then podman.</param>
    /// <param name="cancellation">Ends the search.</param>
    public static async Task<ContainerEngine?> Find(string? wanted, CancellationToken cancellation)
    {
        foreach (var name in wanted is { Length: > 0 } ? [wanted] : (string[])["docker", "podman"])
        {
            if (ProgramPath.Find(name) is not { } path)
                continue;
            var engine = new ContainerEngine(System.IO.Path.GetFileName(name), path);
            // docker's client answers alone, so the version of its server is asked for; podman has no server on Linux.
            var (code, _, _) = await engine.Run(["version", "--format", engine.Name == "docker" ? "{{.Server.Version}}" : "{{.Client.Version}}"], cancellation);
            if (code == 0)
                return engine;
        }
        return null;
    }

    /// <summary>Runs one command of the engine to its end.</summary>
    /// <returns>The exit code and what it wrote.</returns>
    public async Task<(int Code, string Output, string Errors)> Run(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var output = new StringBuilder();
        var errors = new StringBuilder();
        await using var process = ProcessTree.Start(new(_path, arguments, AppContext.BaseDirectory, new Dictionary<string, string>()), guard: null, batch =>
        {
            foreach (var line in batch)
                (line.IsError ? errors : output).Append(line.Text).Append('\n');
        });
        try
        {
            var code = await process.Exit.WaitAsync(AnswerLimit, cancellation);
            return (code, output.ToString().Trim(), errors.ToString().Trim());
        }
        catch (TimeoutException)
        {
            return (-1, "", $"{Name} gave no answer within {AnswerLimit.TotalSeconds} s to: {string.Join(' ', arguments)}");
        }
    }

    /// <summary>What runs a container in the foreground: the engine's client passes signals, output and the exit code on.</summary>
    public Launch Foreground(ContainerSpec spec) => new(_path, spec.RunArguments(detached: false), AppContext.BaseDirectory, spec.ClientEnvironment());

    /// <summary>What follows the output of a container from now on.</summary>
    public Launch Logs(string container) => new(_path, ["logs", "--follow", "--tail", "1000", container], AppContext.BaseDirectory, new Dictionary<string, string>());

    /// <summary>
    /// Makes a container run that outlives the AppHost: one that was made from the same specification is used again, one from another is
    /// replaced (its volumes stay).
    /// </summary>
    /// <exception cref="LaunchException">The engine refused; the message is its own.</exception>
    public async Task Persist(ContainerSpec spec, CancellationToken cancellation)
    {
        var (found, state, _) = await Run(["inspect", "--format", "{{index .Config.Labels \"" + ContainerSpec.Label + "\"}} {{.State.Running}}", spec.Name], cancellation);
        if (found == 0 && state == $"{spec.Fingerprint()} true")
            return;
        if (found == 0 && state.StartsWith(spec.Fingerprint(), StringComparison.Ordinal))
        {
            await Demand(["start", spec.Name], cancellation);
            return;
        }
        if (found == 0)
            await Demand(["rm", "--force", spec.Name], cancellation);
        var launch = new Launch(_path, spec.RunArguments(detached: true), AppContext.BaseDirectory, spec.ClientEnvironment());
        var errors = new StringBuilder();
        await using var run = ProcessTree.Start(launch, guard: null, batch => errors.AppendJoin('\n', batch.Where(line => line.IsError).Select(line => line.Text)));
        if (await run.Exit.WaitAsync(cancellation) != 0)
            throw new LaunchException($"{Name} could not run {spec.Image}: {errors}");
    }

    /// <summary>Stops a container, with a grace before the engine kills it.</summary>
    public Task Stop(string container, TimeSpan grace, CancellationToken cancellation) =>
        Run(["stop", "--time", ((int)grace.TotalSeconds).ToString(), container], cancellation);

    /// <summary>Removes a container, running or not. One that is gone already is no fault.</summary>
    public Task Remove(string container, CancellationToken cancellation) => Run(["rm", "--force", container], cancellation);

    private async Task Demand(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var (code, _, errors) = await Run(arguments, cancellation);
        if (code != 0)
            throw new LaunchException($"{Name} {string.Join(' ', arguments)} failed: {errors}");
    }
}
