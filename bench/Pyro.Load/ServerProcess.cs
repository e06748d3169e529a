using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pyro.Load;

/// <summary>
/// A server of a run's own: one process, limits off, its bucket a folder. It can be stopped in peace and started again with the bucket that
/// it left and nothing else. Only options are used that Pyroscope has too.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly string[] _command;
    private readonly string _folder;
    private readonly string[] _more;
    private Process? _process;
    private int _lives;

    private ServerProcess(string[] command, string folder, string[] more)
    {
        _command = command;
        _folder = folder;
        _more = more;
    }

    /// <summary>Where it answers.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>Its process.</summary>
    public int Id => _process!.Id;

    /// <summary>Where its blocks lie.</summary>
    public string Bucket => Path.Combine(_folder, "bucket");

    /// <summary>Starts a server over empty folders and waits until it is ready.</summary>
    /// <param name="command">The program, and what comes before it, such as <c>taskset -c 0 pyro</c>.</param>
    /// <param name="folder">Where its folders are made.</param>
    /// <param name="more">Options beside the usual ones.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<ServerProcess> Start(string command, string folder, string[] more, CancellationToken cancellation)
    {
        var server = new ServerProcess(command.Split(' ', StringSplitOptions.RemoveEmptyEntries), folder, more);
        try
        {
            await server.Begin(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it: what it holds goes to the bucket.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> Stop(CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using (var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(cancellation);
        await _process!.WaitForExitAsync(cancellation).WaitAsync(Patience, cancellation);
        _process.Dispose();
        _process = null;
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Starts it again without anything but the bucket.</summary>
    public Task StartAfresh(CancellationToken cancellation) => Begin(cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task Begin(CancellationToken cancellation)
    {
        var (port, data) = (FreePort(), Path.Combine(_folder, $"data-{++_lives}"));
        Directory.CreateDirectory(Bucket);
        Directory.CreateDirectory(data);
        string[] options =
        [
            "-server.http-listen-address=127.0.0.1", $"-server.http-listen-port={port}", "-memberlist.bind-addr=127.0.0.1", $"-memberlist.bind-port={FreePort()}",
            $"-pyroscopedb.data-path={data}", "-storage.backend=filesystem", $"-storage.filesystem.dir={Bucket}", "-ingester.min-ready-duration=0s",
            "-querier.query-store-after=0s", "-distributor.ingestion-rate-limit-mb=100000", "-distributor.ingestion-burst-size-mb=100000",
            "-ingester.max-global-series-per-tenant=0", "-validation.max-profile-size-bytes=0", "-validation.max-profile-stacktrace-samples=0", .. _more,
        ];
        Url = new Uri($"http://127.0.0.1:{port}");
        _process = Process.Start(new ProcessStartInfo(_command[0], [.. _command[1..], .. options])
        {
            WorkingDirectory = _folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var log = new StreamWriter(Path.Combine(_folder, $"log-{_lives}.txt")) { AutoFlush = true };
        _process.OutputDataReceived += (_, e) => Write(log, e.Data);
        _process.ErrorDataReceived += (_, e) => Write(log, e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Ready(cancellation);
    }

    private async Task Ready(CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = Url };
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Patience;)
        {
            if (_process!.HasExited)
                throw new InvalidOperationException($"the server ended with {_process.ExitCode}; see {_folder}/log-{_lives}.txt");
            try
            {
                using var answer = await client.GetAsync("/ready", cancellation);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
            await Task.Delay(100, cancellation);
        }
        throw new InvalidOperationException("the server does not become ready");
    }

    private static void Write(StreamWriter log, string? line)
    {
        lock (log)
            log.WriteLine(line);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
