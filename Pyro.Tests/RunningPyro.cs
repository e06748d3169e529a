namespace Pyro.Tests;

/// <summary>The built program <c>pyro</c> as a real process on a free loopback port, with data in a folder of its own.</summary>
internal sealed class RunningPyro : IAsyncDisposable
{
    private readonly ServerProcess _server;
    private readonly bool _ownsFolder;

    private RunningPyro(string folder, bool ownsFolder, string[] flags, (string Name, string Value)[] variables)
    {
        Folder = folder;
        _ownsFolder = ownsFolder;
        Port = ServerProcess.FreePort();
        _server = new ServerProcess(Program, new Uri($"http://127.0.0.1:{Port}"), folder,
        [
            "-target=all", "-server.http-listen-address=127.0.0.1", $"-server.http-listen-port={Port}",
            $"-pyroscopedb.data-path={folder}/data", $"-storage.filesystem.dir={folder}/storage", .. flags,
        ], variables);
    }

    /// <summary>Holds <c>data</c> and <c>storage</c>.</summary>
    public string Folder { get; }

    public int Port { get; }

    public Uri Url => _server.Url;

    /// <summary>The process id of the running server.</summary>
    public int ProcessId => _server.Id;

    public string Log => _server.Log;

    /// <summary>The apphost of the build that this test run belongs to.</summary>
    public static string Program { get; } = ServerProcess.Built("Pyro.Cli", "pyro");

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="flags">More flags.</param>
    /// <param name="folder">Where <c>data</c> and <c>storage</c> are; null: a folder of its own, which goes with it.</param>
    /// <param name="variables">Of its environment.</param>
    public static async Task<RunningPyro> Start(string[]? flags = null, string? folder = null, params (string Name, string Value)[] variables)
    {
        var pyro = new RunningPyro(folder ?? Directory.CreateTempSubdirectory("pyro-test-").FullName, folder is null, flags ?? [], variables);
        await pyro.StartAgain();
        return pyro;
    }

    /// <summary>Starts it (again) on the same data and waits until it is ready.</summary>
    public async Task StartAgain()
    {
        _server.Start();
        await _server.WaitUntilReady();
    }

    /// <summary>Waits until it has printed a text.</summary>
    public Task UntilItTells(string text) => _server.UntilItTells(text);

    /// <summary>The lines in which it has printed a text.</summary>
    public IEnumerable<string> Told(string text) => _server.Told(text);

    /// <summary>Lines that warn of more than a busy machine.</summary>
    public IEnumerable<string> Warnings() => _server.Warnings();

    public void Kill() => _server.Kill();

    /// <summary>Stops it as a supervisor would and returns the exit code.</summary>
    public Task<int> Stop() => _server.Stop();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        if (_ownsFolder)
            Directory.Delete(Folder, recursive: true);
    }
}
