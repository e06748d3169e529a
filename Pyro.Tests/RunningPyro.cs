using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pyro.Tests;

/// <summary>The built program <c>pyro</c> as a real process on a free loopback port, with data in a folder of its own.</summary>
internal sealed class RunningPyro : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private readonly string[] _flags;
    private readonly bool _ownsFolder;
    private Process? _process;

    private RunningPyro(string folder, bool ownsFolder, string[] flags)
    {
        Folder = folder;
        _ownsFolder = ownsFolder;
        _flags = flags;
        Port = FreePort();
    }

    /// <summary>Holds <c>data</c> and <c>storage</c>.</summary>
    public string Folder { get; }

    public int Port { get; }

    public Uri Url => new($"http://127.0.0.1:{Port}");

    /// <summary>The process id of the running server.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("not started");

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>The apphost of the build that this test run belongs to.</summary>
    public static string Program { get; } = Path.Combine(
        Repository.Root, "Pyro.Cli", "bin", Path.GetRelativePath(Path.Combine(Repository.Root, "Pyro.Tests", "bin"), AppContext.BaseDirectory), "pyro");

    public static async Task<RunningPyro> Start(string[]? flags = null, string? folder = null)
    {
        var pyro = new RunningPyro(folder ?? Directory.CreateTempSubdirectory("pyro-test-").FullName, folder is null, flags ?? []);
        await pyro.StartAgain();
        return pyro;
    }

    /// <summary>Starts it (again) on the same data and waits until it is ready.</summary>
    public async Task StartAgain()
    {
        var start = new ProcessStartInfo(Program) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = Folder };
        string[] arguments =
        [
            "-target=all", "-server.http-listen-address=127.0.0.1", $"-server.http-listen-port={Port}",
            $"-pyroscopedb.data-path={Folder}/data", $"-storage.filesystem.dir={Folder}/storage", .. _flags,
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Collect;
        _process.ErrorDataReceived += Collect;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitUntilReady();
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
        using (var kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", ProcessId.ToString()]) { UseShellExecute = false })!)
            await kill.WaitForExitAsync();
        await _process!.WaitForExitAsync();
        var code = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process?.Dispose();
        if (_ownsFolder)
            Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitUntilReady()
    {
        using var client = new HttpClient { BaseAddress = Url };
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (DateTime.UtcNow < deadline)
        {
            if (_process!.HasExited)
                throw new InvalidOperationException($"pyro ended with {_process.ExitCode}:\n{Log}");
            try
            {
                using var answer = await client.GetAsync("/ready");
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(50);
        }
        throw new TimeoutException($"pyro was not ready in 60 s:\n{Log}");
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
            _log.AppendLine(line.Data);
    }
}
