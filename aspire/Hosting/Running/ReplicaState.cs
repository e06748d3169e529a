using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Running;

/// <summary>What is told of one instance: its snapshot to whoever watches, and a line at the terminal for each change.</summary>
internal sealed class ReplicaState(IResource resource, string id, RunContext context)
{
    private volatile bool _isHealthy;

    /// <summary>Whether it runs and its checks pass.</summary>
    public bool IsHealthy => _isHealthy;

    private string EndState => resource.HasAnnotationOfType<ContainerImageAnnotation>() ? KnownResourceStates.Exited : KnownResourceStates.Finished;

    /// <summary>It is known, and starts by command only, or later.</summary>
    public Task Known(bool explicitStart) => Publish(snapshot => snapshot with
    {
        State = explicitStart ? new(KnownResourceStates.NotStarted, KnownResourceStateStyles.Info) : snapshot.State,
        CreationTimeStamp = DateTime.UtcNow,
        Properties = snapshot.Properties.Set("resource.source", Source()),
    });

    /// <summary>It is being started.</summary>
    public Task Starting() => Publish(snapshot => snapshot with
    {
        State = new(KnownResourceStates.Starting, KnownResourceStateStyles.Info),
        ExitCode = null,
        StopTimeStamp = null,
        HealthReports = [],
    });

    /// <summary>It waits for others.</summary>
    public async Task Waiting()
    {
        await Publish(snapshot => snapshot with { State = new(KnownResourceStates.Waiting, KnownResourceStateStyles.Info) });
        context.Terminal.Say($"{resource.Name}: waits for {string.Join(", ", resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name).Distinct())}");
    }

    /// <summary>It runs.</summary>
    public async Task Running(RunPlan plan, ProcessTree tree, IReadOnlyList<CheckReport> reports)
    {
        _isHealthy = reports.Count == 0;
        var urls = await Urls();
        await Publish(snapshot => snapshot with
        {
            State = new(KnownResourceStates.Running, KnownResourceStateStyles.Success),
            StartTimeStamp = tree.Started.UtcDateTime,
            HealthReports = Snapshots(reports),
            Urls = urls,
            EnvironmentVariables = [.. plan.Variables.Select(one => new EnvironmentVariableSnapshot(one.Name, one.Value, true) { IsSecret = one.IsSecret })],
            Volumes = Volumes(),
            Properties = Properties(snapshot.Properties, plan, tree),
        });
        context.Terminal.Say($"{id}: running as {plan.Runs} {tree.Id}{string.Concat(urls.Take(1).Select(url => $", {url.Url}"))}");
    }

    /// <summary>Its health was looked at.</summary>
    public async Task Checked(IReadOnlyList<CheckReport> reports)
    {
        var healthy = HealthWatch.Worst(reports) == HealthStatus.Healthy;
        var changed = healthy != _isHealthy;
        _isHealthy = healthy;
        await Publish(snapshot => snapshot with { HealthReports = Snapshots(reports) });
        if (changed && healthy)
            context.Terminal.Say($"{id}: healthy");
        else if (changed)
            context.Terminal.Warn($"{id}: not healthy: {string.Join("; ", reports.Where(report => report.Status != HealthStatus.Healthy).Select(report => report.Description))}");
    }

    /// <summary>It is being stopped.</summary>
    public async Task Stopping()
    {
        _isHealthy = false;
        await Publish(snapshot => snapshot with { State = new(KnownResourceStates.Stopping, KnownResourceStateStyles.Info) });
    }

    /// <summary>It crashed and is started again after a while.</summary>
    public async Task Restarting(int code, TimeSpan wait, int crashes, string? cause)
    {
        _isHealthy = false;
        await Publish(snapshot => snapshot with
        {
            State = new("Restarting", KnownResourceStateStyles.Warn),
            ExitCode = code,
            StopTimeStamp = DateTime.UtcNow,
            HealthReports = [],
        });
        context.Terminal.Warn($"{id}: crashed with exit code {code} ({crashes} in a row); starts again in {wait.TotalSeconds:0} s{After(cause)}");
    }

    /// <summary>It has ended by itself.</summary>
    /// <param name="code">The exit code.</param>
    /// <param name="cause">What it said of why, as a sentence.</param>
    public async Task Ended(int code, string? cause)
    {
        await Over(code, code == 0 ? KnownResourceStateStyles.Info : KnownResourceStateStyles.Error);
        if (code == 0)
            context.Terminal.Say($"{id}: completed");
        else if (ExitCodes.BlamesSettings(code))
            context.Terminal.Fail($"{id}: ended with exit code {code}, as programs do whose settings are wrong; it stays so until it is started{After(cause)}");
        else
            context.Terminal.Fail($"{id}: ended with exit code {code}{After(cause)}");
    }

    /// <summary>It was stopped.</summary>
    /// <param name="code">The exit code; null when it never ran.</param>
    /// <param name="killed">Why it was killed, after "because"; null when it ended by itself.</param>
    public async Task Stopped(int? code, string? killed)
    {
        await Over(code, killed is null ? KnownResourceStateStyles.Info : KnownResourceStateStyles.Warn);
        if (killed is null)
            context.Terminal.Say($"{id}: stopped");
        else
            context.Terminal.Warn($"{id}: killed because {killed}");
    }

    /// <summary>It could not be started.</summary>
    public async Task FailedToStart(string cause)
    {
        _isHealthy = false;
        await Publish(snapshot => snapshot with
        {
            State = new(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
            StopTimeStamp = DateTime.UtcNow,
            HealthReports = [],
        });
        context.Terminal.Fail($"{id}: failed to start: {cause}");
    }

    private async Task Over(int? code, string style)
    {
        _isHealthy = false;
        await Publish(snapshot => snapshot with
        {
            State = new(EndState, style),
            ExitCode = code,
            StopTimeStamp = DateTime.UtcNow,
            HealthReports = [],
            Properties = code is null ? snapshot.Properties : snapshot.Properties.Set("resource.exitCode", code),
        });
        await context.PublishStopped(resource, id);
    }

    private static string After(string? cause) => cause is null ? "" : $". {cause}";

    private Task Publish(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) => context.Notifications.PublishUpdateAsync(resource, id, change);

    private async Task<ImmutableArray<UrlSnapshot>> Urls()
    {
        var urls = await Evaluation.UrlsOf(resource, context.Execution, context.Loggers.GetLogger(id), CancellationToken.None);
        return [.. urls.Select(url => new UrlSnapshot(url.Endpoint?.EndpointName, url.Url, false)
        {
            DisplayText = url.DisplayText ?? "", DetailsOnly = url.DisplayLocation == UrlDisplayLocation.DetailsOnly,
        })];
    }

    private ImmutableArray<VolumeSnapshot> Volumes() =>
        [.. resource.Annotations.OfType<ContainerMountAnnotation>().Select(mount => new VolumeSnapshot(mount.Source, mount.Target, mount.Type.ToString(), mount.IsReadOnly))];

    private static ImmutableArray<ResourcePropertySnapshot> Properties(ImmutableArray<ResourcePropertySnapshot> properties, RunPlan plan, ProcessTree tree)
    {
        properties = properties.Set("executable.pid", tree.Id).Set("executable.path", tree.Path).Set("executable.workDir", plan.Launch.WorkingDirectory)
            .Set("apphost.runs", plan.Runs);
        foreach (var (name, value) in plan.Properties)
            properties = properties.Set(name, value);
        return properties;
    }

    private static ImmutableArray<HealthReportSnapshot> Snapshots(IReadOnlyList<CheckReport> reports) =>
        [.. reports.Select(report => new HealthReportSnapshot(report.Name, report.Status, report.Description, report.Exception))];

    private string Source() =>
        resource.TryGetLastAnnotation<IProjectMetadata>(out var project) ? project.ProjectPath
        : resource.TryGetContainerImageName(out var image) ? image
        : resource is ExecutableResource executable ? executable.Command : "";
}

/// <summary>Changes to the properties of a snapshot.</summary>
internal static class Properties
{
    /// <summary>The properties with one set to a value.</summary>
    public static ImmutableArray<ResourcePropertySnapshot> Set(this ImmutableArray<ResourcePropertySnapshot> properties, string name, object? value, bool isSecret = false) =>
        [.. properties.Where(property => property.Name != name), new ResourcePropertySnapshot(name, value) { IsSensitive = isSecret }];
}
