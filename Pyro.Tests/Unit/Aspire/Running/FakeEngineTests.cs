using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Pyro.Tests.Unit.Aspire.Running;

/// <summary>What a container engine is asked to do, seen by a script in its place.</summary>
public sealed class FakeEngineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fake-docker-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Containers_are_run_followed_and_stopped_and_persistent_ones_stay()
    {
        var docker = Path.Combine(_folder, "docker");
        await File.WriteAllTextAsync(docker, $"""
            #!/bin/sh
            echo "$@" >> {_folder}/calls
            case "$1 $2" in
              version*) echo 27.0 ;;
              "run --rm") echo "inside with $KEY"; trap 'exit 0' TERM; while :; do sleep 0.05; done ;;
              inspect*) exit 1 ;;
              logs*) exec sleep 600 ;;
            esac
            """);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(docker, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var builder = Graph.New("--Parameters:key=hidden", $"--DcpPublisher:ContainerRuntime={docker}");
        var key = builder.AddParameter("key", secret: true);
        builder.AddContainer("cache", "example/cache", "3").WithEndpoint(port: 5999, targetPort: 6379, name: "tcp").WithEnvironment("KEY", key).WithArgs("serve", "--all");
        builder.AddContainer("store", "example/store", "1").WithVolume("data", "/data").WithLifetime(ContainerLifetime.Persistent);
        var app = builder.Build();
        await app.StartAsync();
        var cache = await app.ResourceNotifications.WaitForResourceAsync("cache", e => e.Snapshot.State?.Text == KnownResourceStates.Running).WaitAsync(Graph.Limit);
        var store = await app.ResourceNotifications.WaitForResourceAsync("store", e => e.Snapshot.State?.Text == KnownResourceStates.Running).WaitAsync(Graph.Limit);
        Assert.Equal("container (docker)", cache.Property("apphost.runs"));
        await Shell.Until(() => app.LogNow("cache").Contains("inside with hidden", StringComparison.Ordinal), "the container's output");
        await app.DisposeAsync();

        var calls = await File.ReadAllLinesAsync(Path.Combine(_folder, "calls"));
        var run = Assert.Single(calls, call => call.StartsWith("run --rm", StringComparison.Ordinal));
        Assert.Contains($"--name {cache.ResourceId} ", run);
        Assert.Matches("--publish 127.0.0.1:[0-9]+:6379 ", run);
        Assert.EndsWith("example/cache:3 serve --all", run);
        Assert.DoesNotContain("hidden", string.Concat(calls));
        Assert.Contains($"rm --force {cache.ResourceId}", calls);
        var kept = Assert.Single(calls, call => call.StartsWith("run --detach", StringComparison.Ordinal));
        Assert.Contains("--mount type=volume,source=data,target=/data", kept);
        Assert.DoesNotContain(calls, call => call.StartsWith("stop", StringComparison.Ordinal) || call == $"rm --force {store.ResourceId}");
    }
}
