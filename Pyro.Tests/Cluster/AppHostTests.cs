using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Pyro.Tests.Cluster;

/// <summary>The graph of the AppHost as real processes on free ports: pushed to, asked, killed, restarted and stopped.</summary>
public sealed class AppHostTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-apphost-").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_ingester_that_is_killed_is_started_again_with_what_was_acknowledged()
    {
        await using var app = await Start("killed");
        using var client = app.CreateHttpClient("gateway");
        Assert.True(await Push(client, "before"));
        var pid = await Process(app, "ingester");

        System.Diagnostics.Process.GetProcessById(pid).Kill();
        var next = await app.ResourceNotifications.WaitForResourceAsync("ingester", e => IsOver(e.Snapshot) || IsAnother(e.Snapshot, pid)).WaitAsync(Patience);
        await Push(client, "lost");
        if (IsOver(next.Snapshot))
            await Command(app, "ingester", KnownResourceCommands.StartCommand);
        await app.ResourceNotifications.WaitForResourceAsync("ingester", e => IsAnother(e.Snapshot, pid)).WaitAsync(Patience);
        await Ready(app);

        Assert.True(await Push(client, "after"));
        var totals = await ConnectHttp.Totals(client, "{service_name=\"cluster\"}");
        Assert.Equal((1, 1), (totals["before"], totals["after"]));
        Assert.InRange(totals.GetValueOrDefault("lost"), 0, 1);
    }

    [Fact]
    public async Task A_component_that_is_stopped_by_command_is_away_until_it_is_started()
    {
        await using var app = await Start("stopped");
        using var client = app.CreateHttpClient("gateway");
        Assert.True(await Push(client, "kept"));
        await Command(app, "query", KnownResourceCommands.StopCommand);
        await app.ResourceNotifications.WaitForResourceAsync("query", e => IsOver(e.Snapshot)).WaitAsync(Patience);
        using (var away = await client.GetAsync("/"))
            Assert.Equal(503, (int)away.StatusCode);
        await Command(app, "query", KnownResourceCommands.StartCommand);
        await Ready(app);
        Assert.Equal(1, (await ConnectHttp.Totals(client, "{service_name=\"cluster\"}"))["kept"]);
    }

    [Fact]
    public async Task Two_clusters_run_at_once_and_know_nothing_of_each_other()
    {
        await using var one = await Start("one");
        await using var two = await Start("two");
        using var first = one.CreateHttpClient("gateway");
        using var second = two.CreateHttpClient("gateway");
        Assert.True(await Push(first, "first"));
        Assert.True(await Push(second, "second"));
        Assert.False((await ConnectHttp.Totals(first, "{service_name=\"cluster\"}")).ContainsKey("second"));
        Assert.False((await ConnectHttp.Totals(second, "{service_name=\"cluster\"}")).ContainsKey("first"));
    }

    private async Task<DistributedApplication> Start(string data)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Pyro_AppHost>([$"--data={Path.Combine(_folder, data)}"]);
        var app = await builder.BuildAsync();
        await app.StartAsync();
        await Ready(app);
        return app;
    }

    private static async Task Ready(DistributedApplication app)
    {
        foreach (var name in (string[])["minio", "ingester", "distributor", "storegateway", "query", "gateway"])
            await app.ResourceNotifications.WaitForResourceHealthyAsync(name).WaitAsync(Patience);
        using var client = app.CreateHttpClient("gateway");
        for (var end = DateTime.UtcNow + Patience; ; await Task.Delay(100))
        {
            using var answer = await client.GetAsync("/ready");
            if (answer.IsSuccessStatusCode)
                return;
            Assert.True(DateTime.UtcNow < end, await answer.Content.ReadAsStringAsync());
        }
    }

    private static Task<bool> Push(HttpClient client, string name) =>
        ConnectHttp.Push(client, SmallProfile.Push("cluster", SmallProfile.Cpu(DateTimeOffset.UtcNow, ($"main;{name}", 1))));

    private static async Task Command(DistributedApplication app, string resource, string command)
    {
        var model = app.Services.GetRequiredService<DistributedApplicationModel>();
        var result = await app.ResourceCommands.ExecuteCommandAsync(model.Resources.Single(r => r.Name == resource), command).WaitAsync(Patience);
        Assert.True(result.Success, $"{command} of {resource}");
    }

    private static async Task<int> Process(DistributedApplication app, string resource)
    {
        var state = await app.ResourceNotifications.WaitForResourceAsync(resource, e => Pid(e.Snapshot) is not null).WaitAsync(Patience);
        return Pid(state.Snapshot)!.Value;
    }

    private static int? Pid(CustomResourceSnapshot snapshot) =>
        snapshot.Properties.FirstOrDefault(p => p.Name == "executable.pid")?.Value is { } pid
            ? int.Parse(pid.ToString()!, System.Globalization.CultureInfo.InvariantCulture)
            : null;

    private static bool IsAnother(CustomResourceSnapshot snapshot, int pid) => Pid(snapshot) is { } now && now != pid;

    private static bool IsOver(CustomResourceSnapshot snapshot) => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);
}
