using System.ComponentModel;
using System.Diagnostics;

namespace Aspire.Hosting.Running;

/// <summary>A process and all that it starts: run in a session of its own, watched by the <see cref="Guard"/>, ended as a whole.</summary>
internal sealed class ProcessTree : IAsyncDisposable
{
    /// <summary>After the first process has ended, how long lines that its children still hold back are waited for.</summary>
    private static readonly TimeSpan LastLines = TimeSpan.FromSeconds(10);

    /// <summary>Variables that speak of the AppHost itself and must not reach what it starts.</summary>
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS", "ASPNETCORE_HTTPS_PORT", "URLS", "HTTP_PORTS", "HTTPS_PORTS",
        "DOTNET_URLS", "DOTNET_LAUNCH_PROFILE", "DOTNET_STARTUP_HOOKS",
    };

    private readonly Process _process;
    private readonly Guard? _guard;
    private readonly LineQueue _lines = new();
    private readonly CancellationTokenSource _reading = new();

    private ProcessTree(Process process, string path, Guard? guard, Action<IReadOnlyCollection<ProcessLine>> keep)
    {
        _process = process;
        _guard = guard;
        Path = path;
        Id = process.Id;
        guard?.Watch(Id);
        process.StandardInput.Close();
        var output = Pump(process.StandardOutput.BaseStream, isError: false);
        var error = Pump(process.StandardError.BaseStream, isError: true);

        // There may be lines already, for which whoever starts it must not wait.
        Exit = Follow(Task.WhenAll(output, error), Task.Run(() => Keep(keep)));
    }

    /// <summary>The process id, and on Unix the id of its group.</summary>
    public int Id { get; }

    /// <summary>The program that runs.</summary>
    public string Path { get; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset Started { get; } = DateTimeOffset.Now;

    /// <summary>The exit code (128 + signal when a signal ended it), once the whole tree is gone and its last line was kept.</summary>
    public Task<int> Exit { get; }

    /// <summary>Starts it.</summary>
    /// <param name="launch">What to start.</param>
    /// <param name="guard">Ends it when the AppHost is killed; null: nobody does.</param>
    /// <param name="keep">Gets the lines of stdout and stderr in batches, one batch at a time, on a thread of the pool.</param>
    /// <exception cref="LaunchException">The program or the folder does not exist or may not be used.</exception>
    public static ProcessTree Start(Launch launch, Guard? guard, Action<IReadOnlyCollection<ProcessLine>> keep)
    {
        if (!Directory.Exists(launch.WorkingDirectory))
            throw new LaunchException($"The working directory {launch.WorkingDirectory} does not exist.");
        var path = ProgramPath.Resolve(launch.Command, launch.WorkingDirectory);
        string[] command = [.. ProcessSession.Prefix, path, .. launch.Arguments];
        var start = new ProcessStartInfo(command[0])
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = launch.WorkingDirectory,
        };
        foreach (var argument in command.AsSpan(1))
            start.ArgumentList.Add(argument);
        SetEnvironment(start.Environment, launch, guard);
        try
        {
            return new(Process.Start(start)!, path, guard, keep);
        }
        catch (Win32Exception e)
        {
            throw new LaunchException($"{path} could not be started: {e.Message}", e);
        }
    }

    /// <summary>Asks the tree to end and kills what is left after the grace.</summary>
    /// <param name="grace">How long it may take to end by itself.</param>
    /// <param name="hurry">Ends the grace at once.</param>
    /// <returns>The exit code, and whether it had to be killed.</returns>
    public async Task<(int Code, bool Killed)> Stop(TimeSpan grace, CancellationToken hurry)
    {
        if (!Exit.IsCompleted)
            Terminate();
        Task ended = Exit.WaitAsync(grace, hurry);
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ended.IsCompletedSuccessfully)
            return (await Exit, false);
        Kill();
        return (await Exit, true);
    }

    /// <summary>Ends the whole tree at once.</summary>
    public void Kill()
    {
        if (ProcessSession.HasGroups)
            ProcessSession.KillGroup(Id);
        else if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
    }

    /// <summary>Kills it if it runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Exit.IsCompleted)
            Kill();
        await Exit;
        _reading.Dispose();
        _process.Dispose();
    }

    private void Terminate()
    {
        if (ProcessSession.HasGroups)
            ProcessSession.TerminateGroup(Id);
        else if (!OperatingSystem.IsWindows())
            ProcessSession.TerminateProcess(Id);
        else
            Kill();
    }

    private static void SetEnvironment(IDictionary<string, string?> environment, Launch launch, Guard? guard)
    {
        foreach (var name in environment.Keys.Where(name => Own.Contains(name) || name.StartsWith("ASPIRE_", StringComparison.Ordinal)).ToList())
            environment.Remove(name);
        foreach (var (name, value) in launch.Environment)
            environment[name] = value;
        if (guard is not null)
            environment[Guard.Variable] = guard.Mark;
    }

    private async Task Pump(Stream stream, bool isError)
    {
        try
        {
            await LineReader.Read(stream, text => _lines.Add(new(DateTimeOffset.Now, text, isError)), _reading.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The tree is gone; a stranger holds the other end of the pipe.
        }
    }

    private async Task Keep(Action<IReadOnlyCollection<ProcessLine>> keep)
    {
        while (await _lines.Take(CancellationToken.None) is { } batch)
            keep(batch);
    }

    private async Task<int> Follow(Task reading, Task keeping)
    {
        await _process.WaitForExitAsync(CancellationToken.None);
        var code = _process.ExitCode;
        // Children that outlive the first process have nobody to end them later.
        if (ProcessSession.HasGroups)
            ProcessSession.KillGroup(Id);
        _guard?.Forget(Id);
        await Task.WhenAny(reading, Task.Delay(LastLines));
        await _reading.CancelAsync();
        await reading;
        _lines.Complete();
        await keeping;
        return code;
    }
}
