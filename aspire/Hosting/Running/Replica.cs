using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>
/// One instance of a resource that has a process: starts it, follows it, starts it again after a crash, stops it. One task owns all
/// of that; starting and stopping by others only begins it and ends it.
/// </summary>
internal sealed class Replica(RunningResource owner, string id, RunContext context) : IDisposable
{
    /// <summary>A process that ends this soon with a taken port was given a port that somebody else was faster to take.</summary>
    private static readonly TimeSpan PortRace = TimeSpan.FromSeconds(30);
    private const int PortRaceTries = 5;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly RestartBackoff _backoff = new();
    private readonly ResourceLog _log = context.Loggers.Attach(owner.Resource.Name, id);
    private readonly LastLines _lastLines = new();
    private CancellationTokenSource _life = new();
    private Task _run = Task.CompletedTask;
    private TaskCompletionSource<string?> _begun = new();
    private StopRequest _stop = new(TimeSpan.Zero, ByCommand: false, Hurry.None);
    private string? _killed;

    private sealed record StopRequest(TimeSpan Grace, bool ByCommand, Hurry Hurry);

    /// <summary>The instance's name.</summary>
    public string Id => id;

    /// <summary>What the snapshot says.</summary>
    public ReplicaState State { get; } = new(owner.Resource, id, context);

    /// <summary>Ends when what <see cref="Start"/> began has come to something: null when it runs, waits for others or was stopped, else why it failed.</summary>
    public Task<string?> Begun => _begun.Task;

    private ILogger Log => context.Loggers.GetLogger(id);

    /// <summary>Starts it unless it has been started.</summary>
    /// <param name="mayStart">Ends when all that the resource waits for is there.</param>
    public async Task Start(Func<CancellationToken, Task> mayStart)
    {
        await _turn.WaitAsync();
        try
        {
            if (!_run.IsCompleted)
                return;
            _life.Dispose();
            _life = new();
            _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _backoff.Reset();
            var life = _life.Token;
            await State.Starting();
            _run = Task.Run(() => Run(mayStart, life), CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Stops it and waits until it is gone.</summary>
    /// <param name="grace">How long it may take to end by itself.</param>
    /// <param name="byCommand">A person asked for it; else the AppHost ends, which a persistent container outlives.</param>
    /// <param name="hurry">Ends the grace at once.</param>
    public async Task Stop(TimeSpan grace, bool byCommand, Hurry hurry)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            if (_run.IsCompleted)
                return;
            _stop = new(grace, byCommand, hurry);
            await _life.CancelAsync();
            await _run;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>It waits for others before it starts.</summary>
    public Task Wait()
    {
        _begun.TrySetResult(null);
        return State.Waiting();
    }

    /// <summary>Frees what it holds; it has to be stopped.</summary>
    public void Dispose()
    {
        _life.Dispose();
        _turn.Dispose();
    }

    private async Task Run(Func<CancellationToken, Task> mayStart, CancellationToken life)
    {
        try
        {
            await mayStart(life);
            life.ThrowIfCancellationRequested();
            var races = 0;
            while (true)
            {
                var (code, ran) = await RunOnce(life);
                if (life.IsCancellationRequested)
                {
                    await State.Stopped(code, _killed);
                    return;
                }
                if (!await MayRunAgain(code, ran, races, life))
                {
                    await State.Ended(code, _lastLines.Cause());
                    return;
                }
                races = WasPortRace(code, ran) ? races + 1 : 0;
            }
        }
        catch (OperationCanceledException) when (life.IsCancellationRequested)
        {
            await State.Stopped(code: null, killed: null);
        }
        catch (Exception e)
        {
            foreach (var line in Cause(e).Split('\n'))
                Log.LogError("{Cause}", line);
            await State.FailedToStart(Cause(e));
            _begun.TrySetResult(Cause(e));
        }
        finally
        {
            _begun.TrySetResult(null);
        }
    }

    private async Task<(int Code, TimeSpan Ran)> RunOnce(CancellationToken life)
    {
        await State.Starting();
        var ports = owner.Endpoints.Assign();
        var plan = await context.Planner.Plan(owner.Resource, id, ports, life);
        if (plan.Prepare is not null)
            await plan.Prepare(life);
        life.ThrowIfCancellationRequested();
        _lastLines.Clear();
        _killed = null;
        if (plan.Container is not null)
            context.Guard?.WatchContainer(plan.Container, plan.Engine!.Path);
        await using var tree = ProcessTree.Start(plan.Launch, context.Guard, Keep);
        using var running = CancellationTokenSource.CreateLinkedTokenSource(life);
        var health = new HealthWatch(owner.Resource, context.Probe, context.HealthChecks);
        owner.Endpoints.Attach(id, ports, isHealthy: !health.HasChecks);
        await State.Running(plan, tree, health.NotRunYet);
        _begun.TrySetResult(null);
        await owner.CheckReady();
        var watching = health.HasChecks ? Watch(health, ports, running.Token) : Task.CompletedTask;
        try
        {
            await tree.Exit.WaitAsync(life);
        }
        catch (OperationCanceledException)
        {
            await StopTree(tree, plan);
        }
        await running.CancelAsync();
        await watching;
        owner.Endpoints.Detach(id);
        if (plan.CleanUp is not null)
            await plan.CleanUp();
        if (plan.Container is not null)
            context.Guard?.ForgetContainer(plan.Container);
        return (await tree.Exit, DateTimeOffset.Now - tree.Started);
    }

    private async Task StopTree(ProcessTree tree, RunPlan plan)
    {
        await State.Stopping();
        if (_stop.ByCommand && plan.StopByCommand is not null)
            await plan.StopByCommand(_stop.Grace, _stop.Hurry.Token);
        var (_, killed) = await tree.Stop(_stop.Grace, _stop.Hurry.Token);
        if (killed)
            _killed = _stop.Hurry.Reason ?? $"it did not end within {_stop.Grace.TotalSeconds:0.#} s";
    }

    private async Task Watch(HealthWatch health, ReplicaPorts ports, CancellationToken cancellation)
    {
        try
        {
            await health.Run(ports, async reports =>
            {
                owner.Endpoints.Attach(id, ports, HealthWatch.Worst(reports) == HealthStatus.Healthy);
                await State.Checked(reports);
                await owner.CheckReady();
            }, cancellation);
        }
        catch (OperationCanceledException)
        {
            // The replica has ended.
        }
    }

    /// <summary>Waits until the process may be started again; false when it may not.</summary>
    private async Task<bool> MayRunAgain(int code, TimeSpan ran, int races, CancellationToken life)
    {
        if (WasPortRace(code, ran) && races < PortRaceTries)
        {
            context.Terminal.Warn($"{id} found its port taken by another program and is started again with another port");
            return true;
        }
        if (code == 0 || !context.Options.RestartsAfterCrash || owner.IsAwaitedToComplete || ExitCodes.BlamesSettings(code))
            return false;
        var wait = _backoff.Next(ran);
        await State.Restarting(code, wait, _backoff.Crashes, _lastLines.Cause());
        await Task.Delay(wait, life);
        return true;
    }

    private bool WasPortRace(int code, TimeSpan ran) =>
        code != 0 && ran <= PortRace && owner.Endpoints.HasDrawnPorts && _lastLines.AnyContains("address already in use", "EADDRINUSE");

    private void Keep(IReadOnlyCollection<ProcessLine> lines)
    {
        foreach (var line in lines)
            _log.Append(line.Text, line.IsError);
        _lastLines.Add(lines);
    }

    private static string Cause(Exception e) => e is LaunchException or PortUnusableException or DistributedApplicationException or InvalidOperationException
        ? e.Message : $"{e.GetType().Name}: {e.Message}";
}
