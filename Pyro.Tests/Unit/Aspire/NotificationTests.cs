using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>How instances are, who is told, what commands may be given, and what was logged.</summary>
public sealed class NotificationTests : IAsyncLifetime
{
    private readonly TestApplication _test = new();
    private readonly IResourceBuilder<ExecutableResource> _api;
    private DistributedApplication? _application;

    public NotificationTests() => _api = _test.Builder.AddExecutable("api", "x", ".");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DistributedApplication Application => _application ??= _test.Builder.Build();

    private ResourceNotificationService Notifications => Application.ResourceNotifications;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
            await _application.DisposeAsync();
        _test.Dispose();
    }

    [Fact]
    public async Task A_watcher_gets_the_present_state_then_every_change()
    {
        await Set("api-a", KnownResourceStates.Starting);
        var states = new List<string>();
        await foreach (var change in Notifications.WatchAsync(Cancellation))
        {
            states.Add($"{change.ResourceId} {change.Snapshot.State?.Text}");
            if (states.Count == 1)
            {
                await Set("api-a", KnownResourceStates.Running);
                await Set("api-a", KnownResourceStates.Finished);
            }
            if (states.Count == 3)
                break;
        }
        Assert.Equal(["api-a Starting", "api-a Running", "api-a Finished"], states);
    }

    [Fact]
    public async Task Waiting_ends_with_a_state_already_reached_and_with_one_to_come()
    {
        await Set("api-a", KnownResourceStates.Running);
        await Notifications.WaitForResourceAsync("API", cancellationToken: Cancellation);
        var ended = Notifications.WaitForResourceAsync("api", KnownResourceStates.TerminalStates, Cancellation);
        Assert.False(ended.IsCompleted);
        await Set("api-a", KnownResourceStates.Exited);
        Assert.Equal(KnownResourceStates.Exited, await ended);
    }

    [Fact]
    public async Task Health_is_the_worst_report_and_one_not_made_yet_is_unhealthy()
    {
        await Set("api-a", KnownResourceStates.Running);
        Assert.Equal(HealthStatus.Healthy, Snapshot("api").HealthStatus);
        await Report(null);
        Assert.Equal(HealthStatus.Unhealthy, Snapshot("api").HealthStatus);
        var healthy = Notifications.WaitForResourceHealthyAsync("api", Cancellation);
        await Report(HealthStatus.Degraded);
        Assert.False(healthy.IsCompleted);
        await Report(HealthStatus.Healthy);
        Assert.Equal("api-a", (await healthy).ResourceId);
        await Set("api-a", KnownResourceStates.Stopping);
        Assert.Null(Snapshot("api").HealthStatus);
    }

    [Fact]
    public async Task Waiting_for_health_fails_with_the_resource_when_no_dashboard_could_start_it_again()
    {
        var healthy = Notifications.WaitForResourceHealthyAsync("api", Cancellation);
        await Set("api-a", KnownResourceStates.FailedToStart);
        Assert.Contains("'api-a' is FailedToStart", (await Assert.ThrowsAsync<DistributedApplicationException>(() => healthy)).Message, StringComparison.Ordinal);
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Notifications.WaitForResourceHealthyAsync("api", WaitBehavior.WaitOnResourceUnavailable, limit.Token));
    }

    [Fact]
    public async Task An_update_without_an_instance_is_for_all_of_them()
    {
        await Set("api-a", KnownResourceStates.Running);
        await Set("api-b", KnownResourceStates.Running);
        await Notifications.PublishUpdateAsync(_api.Resource, s => s with { State = "Odd" });
        Assert.All(Notifications.Current(_api.Resource), e => Assert.Equal("Odd", e.Snapshot.State?.Text));
        Assert.False(Notifications.TryGetCurrentState("api", out _));
        Assert.True(Notifications.TryGetCurrentState("api-b", out _));
    }

    [Theory]
    [InlineData(null, "start Disabled, stop Hidden, restart Disabled")]
    [InlineData("NotStarted", "start Enabled, stop Hidden, restart Disabled")]
    [InlineData("Waiting", "start Enabled, stop Hidden, restart Disabled")]
    [InlineData("Starting", "start Disabled, stop Hidden, restart Disabled")]
    [InlineData("Running", "start Hidden, stop Enabled, restart Enabled")]
    [InlineData("Stopping", "start Hidden, stop Disabled, restart Disabled")]
    [InlineData("Finished", "start Enabled, stop Hidden, restart Disabled")]
    [InlineData("FailedToStart", "start Enabled, stop Hidden, restart Disabled")]
    public async Task Start_stop_and_restart_go_with_the_state(string? state, string commands)
    {
        await Set("api-a", state);
        Assert.Equal(commands, string.Join(", ", Snapshot("api").Commands.Select(c => $"{c.Name} {c.State}")));
    }

    [Fact]
    public async Task A_command_is_executed_for_the_instance_and_its_failure_is_a_result()
    {
        var given = "";
        _api.WithCommand("load", "More load", context =>
        {
            given = context.ResourceName;
            return Task.FromResult(CommandResults.Failure("too much"));
        }, new CommandOptions { UpdateState = c => c.ResourceSnapshot.State?.Text == "Running" ? ResourceCommandState.Enabled : ResourceCommandState.Disabled })
            .WithCommand("break", "Break", _ => throw new InvalidOperationException("broken"));
        await Set("api-a", KnownResourceStates.Starting);
        var commands = Application.ResourceCommands;
        Assert.Contains("while it is Starting", (await commands.ExecuteCommandAsync("api-a", "load", Cancellation)).Message, StringComparison.Ordinal);
        await Set("api-a", KnownResourceStates.Running);
        var result = await commands.ExecuteCommandAsync(_api.Resource, "load", Cancellation);
        Assert.Equal((false, "too much", "api-a"), (result.Success, result.Message, given));
        Assert.Equal("broken", (await commands.ExecuteCommandAsync("api", "break", Cancellation)).Message);
        Assert.Contains("no command 'absent'", (await commands.ExecuteCommandAsync("api", "absent", Cancellation)).Message, StringComparison.Ordinal);
        Assert.Contains("no resource 'none'", (await commands.ExecuteCommandAsync("none", "x", Cancellation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_of_instances_and_of_their_resource_are_read_together()
    {
        var logs = new ResourceLoggerService();
        var a = logs.Attach("api", "api-a");
        var b = logs.Attach("api", "api-b");
        a.Append("from a", isError: false);
        b.Append("from b", isError: true);
        logs.GetLogger(_api.Resource).LogWarning("about {What}", "both");
        logs.Complete("api-a");
        Assert.Equal(["from a", "about both"], a.After(0).Select(l => l.Text));
        var lines = await logs.GetAllAsync(_api.Resource).SingleAsync(Cancellation);
        Assert.Equal([(1, false), (2, true), (3, false)], lines.Select(l => (l.LineNumber, l.IsErrorMessage)));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z from a$", lines[0].Content);
    }

    [Fact]
    public async Task A_log_keeps_its_last_lines_and_lets_slow_readers_skip()
    {
        var log = new ResourceLog(forwardTo: null);
        for (var i = 1; i <= ResourceLog.Capacity + 500; i++)
            log.Append(i.ToString(), isError: false);
        var kept = log.After(0);
        Assert.Equal((ResourceLog.Capacity, 501L, "501", "10500"), (kept.Count, kept[0].Number, kept[0].Text, kept[^1].Text));
        var read = new List<LogEntry>();
        await foreach (var batch in log.Watch(Cancellation))
        {
            read.AddRange(batch);
            if (read.Count == ResourceLog.Capacity)
            {
                log.Append("one more", isError: false);
                log.Complete();
            }
        }
        Assert.Equal("one more", read[^1].Text);
        log.Clear();
        Assert.Empty(log.After(0));
    }

    private Task Set(string id, string? state) => Notifications.PublishUpdateAsync(_api.Resource, id, s => s with { State = state });

    private Task Report(HealthStatus? status) => Notifications.PublishUpdateAsync(
        _api.Resource, s => s with { HealthReports = [new("ok", HealthStatus.Healthy, null, null), new("it", status, null, null)] });

    private CustomResourceSnapshot Snapshot(string id) => Notifications.TryGetCurrentState(id, out var state) ? state.Snapshot : throw new InvalidOperationException(id);
}
