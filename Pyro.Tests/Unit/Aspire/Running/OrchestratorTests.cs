using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Pyro.Tests.Unit.Aspire.Running;

public sealed class OrchestratorTests
{
    private static readonly TimeSpan Build = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task An_executable_runs_behind_its_endpoint_is_stopped_and_started_again()
    {
        var builder = Graph.New();
        var server = builder.AddNode("web").WithHttpHealthCheck("/health");
        await using var app = await Graph.Start(builder);
        var healthy = await app.ResourceNotifications.WaitForResourceHealthyAsync("web").WaitAsync(Graph.Limit);
        var url = server.GetEndpoint("http").Url;
        using var http = new HttpClient();
        var first = await http.GetStringAsync($"{url}/id");
        Assert.Equal(first, healthy.Property("executable.pid"));
        Assert.StartsWith("web-", healthy.ResourceId);

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(server.Resource, KnownResourceCommands.RestartCommand)).Success);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("web").WaitAsync(Graph.Limit);
        Assert.NotEqual(first, await http.GetStringAsync($"{url}/id"));
        Assert.False(Shell.IsAlive(int.Parse(first)));

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(healthy.ResourceId, KnownResourceCommands.StopCommand)).Success);
        await app.ResourceNotifications.WaitForResourceAsync("web", KnownResourceStates.Finished).WaitAsync(Graph.Limit);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => http.GetStringAsync(url));
    }

    [Fact]
    public async Task Waits_hold_back_what_depends_and_stopping_goes_the_other_way()
    {
        var order = Path.GetTempFileName();
        var builder = Graph.New();
        var store = builder.AddSh("store", $"trap 'sleep 0.3; echo store >> {order}; exit 0' TERM; echo up; while :; do sleep 0.05; done");
        var init = builder.AddSh("init", $"while [ ! -e {order}.go ]; do sleep 0.05; done; exit 3").WaitForStart(store);
        var api = builder.AddSh("api", $"trap 'echo api >> {order}; exit 0' TERM; echo up >> {order}; while :; do sleep 0.05; done").WaitFor(store).WaitForCompletion(init, 3);
        var app = await Graph.Start(builder);
        await app.ResourceNotifications.WaitForResourceAsync("api", KnownResourceStates.Waiting).WaitAsync(Graph.Limit);
        await Shell.Until(() => app.LogNow("store").Contains("up", StringComparison.Ordinal), "the signal handler of store");
        await File.WriteAllTextAsync(order + ".go", "");
        var running = await app.ResourceNotifications.WaitForResourceAsync("api", e => e.Snapshot.State?.Text == KnownResourceStates.Running).WaitAsync(Graph.Limit);
        Assert.Equal(3, app.Snapshot("init").ExitCode);
        await Shell.Until(() => File.ReadAllText(order) == "up\n", "the signal handler of api");
        await app.StopAsync();
        Assert.Equal(["up", "api", "store"], await File.ReadAllLinesAsync(order));
        Assert.False(Shell.IsAlive(int.Parse(running.Property("executable.pid")!)));
        await app.DisposeAsync();
        File.Delete(order);
        File.Delete(order + ".go");
    }

    [Fact]
    public async Task Who_waits_for_something_that_fails_fails_with_the_cause_and_the_rest_goes_on()
    {
        var builder = Graph.New();
        var broken = builder.AddExecutable("broken", "no-such-program", ".");
        var crashing = builder.AddSh("crashing", "echo oh no >&2; exit 9");
        builder.AddSh("first", "sleep 60").WaitFor(broken);
        var sick = builder.AddSh("sick", "sleep 0.5; exit 9").WithHttpEndpoint().WithHttpHealthCheck();
        builder.AddSh("second", "sleep 60").WaitFor(sick);
        builder.AddSh("third", "sleep 60").WaitForCompletion(crashing);
        builder.AddSh("fine", "exec sleep 60");
        await using var app = await Graph.Start(builder);
        foreach (var name in (string[])["broken", "first", "second", "third"])
            await app.Reaches(name, KnownResourceStates.FailedToStart);
        await app.ResourceNotifications.WaitForResourceAsync("fine").WaitAsync(Graph.Limit);
        Assert.Equal(9, app.Snapshot("crashing").ExitCode);
        Assert.Contains("no-such-program", await app.Log("broken"));
        Assert.Contains("exit code 9", await app.Log("second"));
        Assert.Contains("oh no", await app.Log("crashing"));
    }

    [Fact]
    public async Task A_crashed_process_is_started_again_after_a_growing_wait_when_that_is_wanted()
    {
        var builder = Graph.New("--AppHost:RestartAfterCrash=true");
        builder.AddSh("flaky", "echo started; exit 4");
        var seen = new Recorder();
        builder.Services.AddRecorder(seen);
        await using var app = await Graph.Start(builder);
        await app.ResourceNotifications.WaitForResourceAsync("flaky", "Restarting").WaitAsync(Graph.Limit);
        await Shell.Until(() => seen.Lines.Count(line => line.Contains("crashed with exit code 4", StringComparison.Ordinal)) >= 2, "two crashes");
        Assert.Contains(seen.Lines, line => line.Contains("(1 in a row); starts again in 1 s", StringComparison.Ordinal));
        Assert.Contains(seen.Lines, line => line.Contains("(2 in a row); starts again in 2 s", StringComparison.Ordinal));
        Assert.Contains(seen.Lines, line => line.Contains("Its last line: started", StringComparison.Ordinal));
        // Stopping ends the wait before the next start.
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(app.Snapshot("flaky", out var id).State is null ? "" : id, KnownResourceCommands.StopCommand)).Success);
        await app.ResourceNotifications.WaitForResourceAsync("flaky", KnownResourceStates.Finished).WaitAsync(Graph.Limit);
    }

    [Fact]
    public async Task A_taken_port_fails_its_resource_alone_and_says_which_port()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        var builder = Graph.New("--DcpPublisher:RandomizePorts=false");
        builder.AddExecutable("web", "sleep", ".", "60").WithHttpEndpoint(port: port);
        builder.AddSh("other", "exec sleep 60");
        await using var app = await Graph.Start(builder);
        await app.ResourceNotifications.WaitForResourceAsync("web", KnownResourceStates.FailedToStart).WaitAsync(Graph.Limit);
        Assert.Contains($"Port {port} is in use", await app.Log("web"));
        await app.ResourceNotifications.WaitForResourceAsync("other").WaitAsync(Graph.Limit);
    }

    [Fact]
    public async Task Start_tries_a_taken_port_again_and_fails_while_it_is_taken()
    {
        var port = ServerProcess.FreePort();
        var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
        taken.Start();
        var builder = Graph.New("--DcpPublisher:RandomizePorts=false");
        var web = builder.AddNode("web").WithEndpoint("http", endpoint => endpoint.Port = port).WithHttpHealthCheck("/health");
        await using var app = await Graph.Start(builder);
        await app.Reaches("web", KnownResourceStates.FailedToStart);

        var result = await app.ResourceCommands.ExecuteCommandAsync(web.Resource, KnownResourceCommands.StartCommand);
        Assert.False(result.Success);
        Assert.Contains($"Port {port} is in use", result.Message);
        Assert.Equal(KnownResourceStates.FailedToStart, app.Snapshot("web").State?.Text);

        taken.Stop();
        result = await app.ResourceCommands.ExecuteCommandAsync(web.Resource, KnownResourceCommands.StartCommand);
        Assert.True(result.Success, result.Message);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("web").WaitAsync(Graph.Limit);
        using var http = new HttpClient();
        Assert.NotEmpty(await http.GetStringAsync($"http://localhost:{port}/"));
    }

    [Fact]
    public async Task Start_of_what_cannot_be_started_fails_with_the_cause()
    {
        var builder = Graph.New();
        var broken = builder.AddExecutable("broken", "no-such-program", ".");
        await using var app = await Graph.Start(builder);
        await app.Reaches("broken", KnownResourceStates.FailedToStart);
        var result = await app.ResourceCommands.ExecuteCommandAsync(broken.Resource, KnownResourceCommands.StartCommand);
        Assert.False(result.Success);
        Assert.Contains("no-such-program", result.Message);
    }

    [Fact]
    public async Task What_says_that_its_settings_are_wrong_is_not_started_again_and_its_last_error_is_told()
    {
        var builder = Graph.New("--AppHost:RestartAfterCrash=true");
        builder.AddSh("strict", "echo 'level=error msg=\"no such flag\"' >&2; echo usage; exit 2");
        var seen = new Recorder();
        builder.Services.AddRecorder(seen);
        await using var app = await Graph.Start(builder);
        await app.Reaches("strict", KnownResourceStates.Finished);
        Assert.Equal(2, app.Snapshot("strict").ExitCode);
        await Shell.Until(() => seen.Lines.Any(line => line.Contains("ended with exit code 2", StringComparison.Ordinal)
            && line.Contains("Its last error: level=error msg=\"no such flag\"", StringComparison.Ordinal)), "the cause");
        Assert.DoesNotContain(seen.Lines, line => line.Contains("starts again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_project_that_does_not_compile_fails_alone_and_is_built_again_when_it_is_started()
    {
        var folder = Directory.CreateTempSubdirectory("bad-project-").FullName;
        var project = Path.Combine(folder, "Bad.csproj");
        var program = Path.Combine(folder, "Program.cs");
        await File.WriteAllTextAsync(project, """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>disable</ImplicitUsings></PropertyGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(program, "int x = \"no number\";");
        var builder = Graph.New();
        var bad = builder.AddProject("bad", project);
        builder.AddSh("fine", "exec sleep 60");
        await using (var app = await Graph.Start(builder))
        {
            await app.ResourceNotifications.WaitForResourceAsync("fine").WaitAsync(Graph.Limit);
            await app.ResourceNotifications.WaitForResourceAsync("bad", KnownResourceStates.FailedToStart).WaitAsync(Build);
            Assert.Contains("CS0029", await app.Log("bad"));
            await File.WriteAllTextAsync(program, "System.Threading.Thread.Sleep(60_000);");
            var result = await app.ResourceCommands.ExecuteCommandAsync(bad.Resource, KnownResourceCommands.StartCommand).WaitAsync(Build);
            Assert.True(result.Success, result.Message);
            Assert.Equal(KnownResourceStates.Running, app.Snapshot("bad").State?.Text);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_is_killed_in_a_hurry_is_said_to_be_killed_and_why()
    {
        var builder = Graph.New();
        builder.AddSh("stubborn", "trap '' TERM; echo up; while :; do sleep 0.05; done");
        var seen = new Recorder();
        builder.Services.AddRecorder(seen);
        var app = await Graph.Start(builder);
        var running = await app.ResourceNotifications.WaitForResourceAsync("stubborn", e => e.Snapshot.State?.Text == KnownResourceStates.Running).WaitAsync(Graph.Limit);
        await Shell.Until(() => app.LogNow("stubborn").Contains("up", StringComparison.Ordinal), "the trap");
        await app.StopAsync(new CancellationToken(canceled: true)).ContinueWith(_ => { }, TaskScheduler.Default);
        await app.DisposeAsync();
        Assert.False(Shell.IsAlive(int.Parse(running.Property("executable.pid")!)));
        Assert.Contains(seen.Lines, line => line.Contains("killed because the time for stopping everything was over", StringComparison.Ordinal));
        Assert.DoesNotContain(seen.Lines, line => line.Contains("did not end within", StringComparison.Ordinal) || line.EndsWith(": stopped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_nobody_asked_for_on_the_command_line_is_told_with_what_is_near()
    {
        var builder = Graph.New("--prot=5000", "--data", "x", "--Logging:LogLevel:Default=Debug", "serve", "-shop=no", "--ASPNETCORE_URLS=http://localhost:0");
        Assert.Equal(4040, Microsoft.Extensions.Configuration.ConfigurationBinder.GetValue(builder.Configuration, "port", 4040));
        Assert.Equal("x", builder.Configuration["data"]);
        var seen = new Recorder();
        builder.Services.AddRecorder(seen);
        await using var app = builder.Build();
        Assert.Equal(3, seen.Lines.Count(line => line.Contains("does nothing", StringComparison.Ordinal) || line.Contains("and does", StringComparison.Ordinal)));
        Assert.Contains("--prot is no setting that this AppHost reads, and does nothing. Did you mean --port?", seen.Lines);
        Assert.Contains(seen.Lines, line => line.StartsWith("\"serve\"", StringComparison.Ordinal));
        Assert.Contains(seen.Lines, line => line.StartsWith("\"-shop=no\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_hangs_on_stop_is_killed_after_the_grace()
    {
        var builder = Graph.New();
        builder.AddSh("stubborn", "trap '' TERM; echo up; while :; do sleep 0.05; done");
        var app = await Graph.Start(builder, grace: TimeSpan.FromSeconds(0.5));
        var running = await app.ResourceNotifications.WaitForResourceAsync("stubborn", e => e.Snapshot.State?.Text == KnownResourceStates.Running).WaitAsync(Graph.Limit);
        await Shell.Until(() => app.LogNow("stubborn").Contains("up", StringComparison.Ordinal), "the trap");
        await app.DisposeAsync();
        Assert.False(Shell.IsAlive(int.Parse(running.Property("executable.pid")!)));
    }

    [Fact]
    public async Task A_container_without_an_engine_names_its_image_or_runs_as_the_stand_in()
    {
        var builder = Graph.New();
        builder.Configuration["DcpPublisher:ContainerRuntime"] = "no-such-engine";
        builder.AddContainer("queue", "example/queue", "1.2");
        builder.AddContainer("cache", "example/cache", "3").WithEndpoint(targetPort: 6379, name: "tcp").WithEnvironment("SIZE", "9").WithVolume("data", "/data");
        global::Aspire.Hosting.Running.StandInRequest? asked = null;
        var app = builder.Build();
        app.Services.GetStandIns().Register("example/cache", request =>
        {
            asked = request;
            return Shell.Run("exec sleep 60");
        });
        await using var _ = app;
        await app.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("queue", KnownResourceStates.FailedToStart).WaitAsync(Graph.Limit);
        var log = await app.Log("queue");
        Assert.Contains("example/queue:1.2", log);
        Assert.Contains("no container engine was found", log);
        var running = await app.ResourceNotifications.WaitForResourceAsync("cache", e => e.Snapshot.State?.Text == KnownResourceStates.Running).WaitAsync(Graph.Limit);
        Assert.Equal("stand-in process", running.Property("apphost.runs"));
        Assert.Equal("9", asked!.Environment["SIZE"]);
        Assert.Contains(6379, asked.Ports.Keys);
        Assert.True(Directory.Exists(asked.Folders["/data"]));
    }

    [Fact]
    public async Task Replicas_of_health_are_asked_on_their_own_port_and_parameters_are_active()
    {
        var builder = Graph.New("--Parameters:key=value");
        builder.AddParameter("key", secret: true);
        builder.AddParameter("none");
        builder.AddNode("sick").WithEnvironment("STATUS", "503").WithHttpHealthCheck("/health");
        await using var app = await Graph.Start(builder);
        await app.ResourceNotifications.WaitForResourceAsync("key", KnownResourceStates.Active).WaitAsync(Graph.Limit);
        await app.ResourceNotifications.WaitForResourceAsync("none", "Value missing").WaitAsync(Graph.Limit);
        var sick = await app.ResourceNotifications.WaitForResourceAsync("sick",
            e => e.Snapshot.HealthReports.Any(report => report.Description?.Contains("answered 503", StringComparison.Ordinal) == true)).WaitAsync(Graph.Limit);
        Assert.Equal(HealthStatus.Unhealthy, sick.Snapshot.HealthStatus);
    }
}
