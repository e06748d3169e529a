using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Aspire.Dashboard;

namespace Pyro.Tests.Web.Dashboard;

/// <summary>A handful of resources in every state, as an AppHost would tell of them.</summary>
internal sealed class FakeSource : IDashboardSource
{
    private static readonly DateTimeOffset Start = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DashboardResource> _resources = [];
    private readonly List<Channel<DashboardResource>> _watchers = [];

    public FakeSource()
    {
        Put(Resource("gateway", "gateway", "Project") with
        {
            Urls = [new("http", "http://localhost:4040", "", false, false), new("", "http://localhost:4040/?service=gateway", "flame graph", false, false), new("grpc", "tcp://localhost:9095", "", true, true)],
            HealthReports = [new("gateway_http_ready_200_check", "Healthy", "200 in 3 ms", null)],
            Relationships = [new("ingester", "WaitFor"), new("query", "Reference")],
            Environment = [new("ASPNETCORE_URLS", "http://localhost:4040", false), new("LOG_LEVEL", "quite-verbose", false), new("REDIS_PASSWORD", "s3cr3t-of-redis", true)],
            Volumes = ["./data → /data"],
            Properties = [new("executable.pid", "4711", false), new("connection", "Password=s3cr3t-of-minio", true)],
        });
        Put(Resource("ingester-0", "ingester", "Project") with { Health = "Unhealthy", HealthReports = [new("ready", "Unhealthy", "503", "System.IO.IOException: no ring\n   at Ring.Join()"), new("disk", null, null, null)] });
        Put(Resource("ingester-1", "ingester", "Project"));
        Put(Resource("redis", "redis", "Container") with { State = "Exited", ExitCode = 3, Health = null, Runs = "stand-in process", Source = "redis:7.4", Stopped = Start.AddMinutes(1) });
        Put(Resource("shop", "shop", "Executable") with { State = "Waiting", StateStyle = "info", Health = null, Source = "node server.mjs" });
    }

    private FakeSource(IEnumerable<DashboardResource> resources)
    {
        foreach (var resource in resources)
            Put(resource);
    }

    public string ApplicationName => "Pyro.AppHost";

    /// <summary>What was executed: resource, then command.</summary>
    public ConcurrentQueue<(string Resource, string Command)> Executed { get; } = new();

    /// <summary>The lines that a resource has written; null: two lines with colours.</summary>
    public Func<string, IReadOnlyList<DashboardLogLine>>? Logs { get; set; }

    public static DashboardResource Resource(string id, string name, string type) => new(
        id, name, type, "Running", null, "Healthy", null, Start, Start, null, $"src/{name}/{name}.csproj", "process",
        [], [], [],
        [
            new("restart", "Restart", "Stops and starts it", null, true, DashboardCommandState.Enabled),
            new("stop", "Stop", "Stops it", null, true, DashboardCommandState.Enabled),
            new("start", "Start", "Starts it", null, false, DashboardCommandState.Disabled),
            new("flush", "Flush the head", "Cuts a block now", "Cut a block now?", false, DashboardCommandState.Enabled),
            new("secret", "Not shown", null, null, true, DashboardCommandState.Hidden),
        ],
        [], [], []);

    /// <summary>The graph of the AppHost with its demo, all of it well.</summary>
    public static FakeSource Demo()
    {
        var started = DateTimeOffset.Now.AddMinutes(-3);
        DashboardResource Component(string name, string title, int port) => Resource(name, name, "Project") with
        {
            Created = started,
            Started = started,
            Source = $"{title}/{title}.csproj",
            Urls = [new("http", $"http://localhost:{port}", "", false, false), new("", $"http://localhost:4040/?service={name}", "Flame graph", false, false)],
            HealthReports = [new($"{name}_http_/ready_200_check", "Healthy", "200 in 2 ms", null)],
            Environment = [new("ASPNETCORE_URLS", $"http://localhost:{port}", false), new("services__ingester__http__0", "http://localhost:41003", false), new("OTEL_EXPORTER_OTLP_HEADERS", "x-otlp-api-key=4711", true)],
            Properties = [new("executable.pid", "4711", false)],
            Relationships = name == "gateway" ? [new("distributor", "WaitFor"), new("query", "WaitFor")] : [new("ingester", "Reference")],
        };
        DashboardResource[] resources =
        [
            Component("gateway", "Pyro.Gateway", 4040), Component("distributor", "Pyro.Distributor", 41001),
            Component("ingester", "Pyro.Ingester", 41003), Component("query", "Pyro.Query", 41005),
            Resource("shop", "shop", "Executable") with
            {
                Created = started, Started = started, Source = "node src/main.mjs",
                Urls = [new("", "http://localhost:4040/?service=shop", "Flame graph", false, false)],
            },
        ];
        return new FakeSource(resources.Select(resource => resource with { Commands = [.. resource.Commands.Where(command => command.Name is "start" or "stop" or "restart")] }));
    }

    public void Put(DashboardResource resource)
    {
        lock (_lock)
        {
            _resources[resource.Id] = resource;
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(resource);
        }
    }

    public async IAsyncEnumerable<DashboardResource> WatchResources([EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateUnbounded<DashboardResource>();
        lock (_lock)
        {
            foreach (var resource in _resources.Values)
                channel.Writer.TryWrite(resource);
            _watchers.Add(channel);
        }
        await foreach (var resource in channel.Reader.ReadAllAsync(cancellation))
            yield return resource;
    }

    public async IAsyncEnumerable<IReadOnlyList<DashboardLogLine>> WatchLogs(string resourceId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return Logs?.Invoke(resourceId) ?? [new(1, Start, $"\u001b[32minfo\u001b[0m: {resourceId} \u001b[1mstarted\u001b[0m", false), new(2, Start.AddSeconds(1), "fail: no <ring>", true)];
        await Task.Delay(Timeout.Infinite, cancellation);
    }

    public Task<DashboardCommandResult> Execute(string resourceId, string command, CancellationToken cancellation)
    {
        Executed.Enqueue((resourceId, command));
        return Task.FromResult(command == "stop" ? new DashboardCommandResult(false, "It does not want to stop.") : new DashboardCommandResult(true, null));
    }
}
