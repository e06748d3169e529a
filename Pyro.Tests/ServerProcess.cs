using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pyro.Tests;

/// <summary>A built server of this repository as a real process that can be killed, stopped and started again.</summary>
internal sealed class ServerProcess(string program, Uri url, string folder, string[] arguments, params (string Name, string Value)[] variables) : IAsyncDisposable
{
    // Of the slowest machine: nothing that is measured.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    // The first that clients are not given.
    private const int FirstPort = 61_000;

    private static int _port = Environment.ProcessId;

    private readonly StringBuilder _log = new();
    private Process? _process;

    public Uri Url => url;

    /// <summary>The process id of the running server.</summary>
    public int Id => _process?.Id ?? throw new InvalidOperationException("not started");

    /// <summary>What it has printed, over all starts.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>A program of the build that this test run belongs to.</summary>
    /// <param name="project">Name of its project.</param>
    /// <param name="program">Name of the program, when it is not that of the project.</param>
    public static string Built(string project, string? program = null) => Path.Combine(
        Repository.Root, project, "bin", Path.GetRelativePath(Path.Combine(Repository.Root, "Pyro.Tests", "bin"), AppContext.BaseDirectory), program ?? project);

    /// <summary>
    /// A port at which nobody listened a moment ago: one that no other test of the run was given and that Linux gives to no client. Else a server of
    /// another test might come first, and be asked instead.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = FirstPort + (int)((uint)Interlocked.Increment(ref _port) % (IPEndPoint.MaxPort - FirstPort));
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }
    }

    /// <summary>Starts it (again).</summary>
    public void Start()
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Collect;
        _process.ErrorDataReceived += Collect;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Stops it as a supervisor would and returns the exit code.</summary>
    public async Task<int> Stop()
    {
        using (var kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", Id.ToString()]) { UseShellExecute = false })!)
            await kill.Ended();
        var process = _process!;
        await process.Ended();
        var code = process.ExitCode;
        process.Dispose();
        _process = null;
        return code;
    }

    /// <param name="path">Answers with success once it is ready.</param>
    public async Task WaitUntilReady(string path = "/ready")
    {
        using var client = new HttpClient { BaseAddress = url };
        for (var end = DateTime.UtcNow + Limit; DateTime.UtcNow < end;)
        {
            if (_process!.HasExited)
            {
                // Its last lines are read then, too.
                await _process.Ended();
                throw new InvalidOperationException($"{program} ended with {_process.ExitCode}:\n{Log}");
            }
            try
            {
                using var answer = await client.GetAsync(path);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet, or not answering.
            }
            await Task.Delay(50);
        }
        throw new TimeoutException($"{program} was not ready within {Limit}:\n{Log}");
    }

    /// <summary>Waits until it has printed a text.</summary>
    public async Task UntilItTells(string text)
    {
        for (var end = DateTime.UtcNow + Limit; !Log.Contains(text, StringComparison.Ordinal);)
        {
            Assert.True(DateTime.UtcNow < end, $"'{text}' is not told:\n{Log}");
            await Task.Delay(50);
        }
    }

    /// <summary>The lines in which it has printed a text.</summary>
    public IEnumerable<string> Told(string text) => Log.Split('\n').Where(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>Lines that warn of more than a busy machine.</summary>
    public IEnumerable<string> Warnings() => Told("level=warn").Where(static line => !line.Contains("the heartbeat has been running", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.Ended();
        }
        _process?.Dispose();
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
            _log.AppendLine(line.Data);
    }
}
