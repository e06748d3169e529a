using System.Runtime.CompilerServices;
using Aspire.Dashboard;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>What the dashboard shows, made of states, logs and commands.</summary>
internal sealed class DashboardSource(
    string applicationName, ResourceNotificationService notifications, ResourceLoggerService loggers, ResourceCommandService commands) : IDashboardSource
{
    /// <inheritdoc/>
    public string ApplicationName => applicationName;

    /// <inheritdoc/>
    public async IAsyncEnumerable<DashboardResource> WatchResources([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var change in notifications.WatchAsync(cancellation))
        {
            if (!change.Snapshot.IsHidden)
                yield return Shown(change);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<DashboardLogLine>> WatchLogs(string resourceId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var lines in loggers.Log(resourceId).Watch(cancellation))
            yield return [.. lines.Select(Shown)];
    }

    /// <inheritdoc/>
    public async Task<DashboardCommandResult> Execute(string resourceId, string command, CancellationToken cancellation)
    {
        var result = await commands.ExecuteCommandAsync(resourceId, command, cancellation);
        return new(result.Success, result.Canceled ? "canceled" : result.Message);
    }

    private static DashboardLogLine Shown(LogEntry line) => new(line.Number, new DateTimeOffset(line.Time, TimeSpan.Zero), line.Text, line.IsError);

    private static DashboardResource Shown(ResourceEvent change)
    {
        var snapshot = change.Snapshot;
        string? Property(string name) => snapshot.Properties.FirstOrDefault(property => property.Name == name)?.Value?.ToString();
        return new(
            change.ResourceId, change.Resource.Name, snapshot.ResourceType, snapshot.State?.Text, Style(snapshot.State?.Style), snapshot.HealthStatus?.ToString(),
            snapshot.ExitCode, Time(snapshot.CreationTimeStamp), Time(snapshot.StartTimeStamp), Time(snapshot.StopTimeStamp),
            Property("resource.source") ?? "", Property("apphost.runs") ?? "",
            [.. snapshot.Urls.Select(url => new DashboardUrl(url.Name ?? "", url.Url, url.DisplayText, url.IsInternal, url.DetailsOnly))],
            [.. snapshot.EnvironmentVariables.Select(one => new DashboardVariable(one.Name, one.Value ?? "", one.IsSecret))],
            [.. snapshot.HealthReports.Select(report => new DashboardHealthReport(report.Name, report.Status?.ToString(), report.Description, report.ExceptionText))],
            [.. snapshot.Commands.Select(Shown)],
            [.. snapshot.Properties.Where(property => property.Name != "apphost.runs")
                .Select(property => new DashboardProperty(property.Name, property.Value?.ToString() ?? "", property.IsSensitive))],
            [.. snapshot.Relationships.Select(relation => new DashboardRelationship(relation.ResourceName, relation.Type))],
            [.. snapshot.Volumes.Select(volume => $"{volume.Source ?? "(unnamed)"} → {volume.Target}{(volume.IsReadOnly ? " (read only)" : "")}")]);
    }

    private static DashboardCommand Shown(ResourceCommandSnapshot command) => new(
        command.Name, command.DisplayName, command.DisplayDescription, command.ConfirmationMessage, command.IsHighlighted, command.State switch
        {
            ResourceCommandState.Enabled => DashboardCommandState.Enabled,
            ResourceCommandState.Disabled => DashboardCommandState.Disabled,
            _ => DashboardCommandState.Hidden,
        });

    private static DateTimeOffset? Time(DateTime? utc) => utc is { } time ? new DateTimeOffset(time, TimeSpan.Zero) : null;

    private static string? Style(string? style) => style == KnownResourceStateStyles.Warn ? "warning" : style;
}
