namespace Pyro.Tests;

/// <summary>The components as processes of their own around one ingester and a bucket, with a gateway before them, as the AppHost starts them.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    private RunningCluster(string folder, bool byTarget, (string, string)[] variables)
    {
        Folder = folder;
        var ports = Enumerable.Range(0, 5).Select(_ => ServerProcess.FreePort()).ToArray();
        ServerProcess Server(int index, string project, string target) => new(
            byTarget ? RunningPyro.Program : ServerProcess.Built(project),
            new Uri($"http://localhost:{ports[index]}"),
            folder,
            byTarget ? [$"-target={target}"] : [],
            [
                ("ASPNETCORE_URLS", $"http://localhost:{ports[index]}"),
                ("services__distributor__http__0", $"http://localhost:{ports[1]}"),
                ("services__ingester__http__0", $"http://localhost:{ports[2]}"),
                ("services__query__http__0", $"http://localhost:{ports[3]}"),
                ("services__storegateway__http__0", $"http://localhost:{ports[4]}"),
                ("PYRO__INGESTER__LIFECYCLER__RING__KVSTORE__STORE", "inmemory"),
                ("PYRO__INGESTER__LIFECYCLER__RING__REPLICATION_FACTOR", "1"),
                ("PYRO__INGESTER__LIFECYCLER__MIN_READY_DURATION", "0s"),
                ("PYRO__PYROSCOPEDB__DATA_PATH", Path.Combine(folder, "data")),
                ("PYRO__STORAGE__FILESYSTEM__DIR", Path.Combine(folder, "bucket")),
                ("PYRO__STORE_GATEWAY__BUCKET_STORE__SYNC_DIR", Path.Combine(folder, "sync")),
                .. variables,
            ]);
        Gateway = Server(0, "Pyro.Gateway", "gateway");
        Distributor = Server(1, "Pyro.Distributor", "distributor");
        Ingester = Server(2, "Pyro.Ingester", "ingester");
        Query = Server(3, "Pyro.Query", "query-frontend,querier");
        StoreGateway = Server(4, "Pyro.StoreGateway", "store-gateway");
    }

    /// <summary>Holds <c>data</c>, <c>bucket</c> and <c>sync</c>.</summary>
    public string Folder { get; }

    public ServerProcess Gateway { get; }

    public ServerProcess Distributor { get; }

    public ServerProcess Ingester { get; }

    public ServerProcess Query { get; }

    public ServerProcess StoreGateway { get; }

    /// <summary>Starts all of it at once and waits until the gateway says that everything is ready.</summary>
    /// <param name="byTarget">Each process is <c>pyro -target=…</c> instead of the component's own program.</param>
    /// <param name="variables">More settings, for every process.</param>
    public static async Task<RunningCluster> Start(bool byTarget = false, params (string, string)[] variables)
    {
        for (var attempt = 1; ; attempt++)
        {
            var cluster = new RunningCluster(Directory.CreateTempSubdirectory("pyro-cluster-").FullName, byTarget, variables);
            try
            {
                foreach (var server in cluster.Servers)
                    server.Start();
                foreach (var server in cluster.Servers)
                    await server.WaitUntilReady();
                return cluster;
            }
            catch (InvalidOperationException e) when (attempt < 3 && e.Message.Contains("address already in use", StringComparison.Ordinal))
            {
                // Somebody else was faster to take a port that was free.
                await cluster.DisposeAsync();
            }
            catch
            {
                await cluster.DisposeAsync();
                throw;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers)
            await server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private ServerProcess[] Servers => [Gateway, Distributor, Ingester, Query, StoreGateway];
}
