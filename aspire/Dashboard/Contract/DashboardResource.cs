namespace Aspire.Dashboard;

/// <summary>An address of a resource.</summary>
/// <param name="Name">The endpoint's name, such as <c>http</c>; empty for a link that is no endpoint.</param>
/// <param name="Url">The absolute URL.</param>
/// <param name="DisplayText">What the link says; empty: the URL itself.</param>
/// <param name="IsInternal">Reachable by other resources only: shown as text.</param>
/// <param name="DetailsOnly">Shown in the details and not in the table.</param>
public sealed record DashboardUrl(string Name, string Url, string DisplayText, bool IsInternal, bool DetailsOnly);

/// <summary>An environment variable of a resource.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="Value">The value given to the process.</param>
/// <param name="IsSecret">The value is or holds a secret: it stays masked until a person asks for it, as do those that look like one.</param>
public sealed record DashboardVariable(string Name, string Value, bool IsSecret);

/// <summary>What a health check last said.</summary>
/// <param name="Name">The check's name.</param>
/// <param name="Status">Healthy, Degraded or Unhealthy; null: not run yet.</param>
/// <param name="Description">The check's own words.</param>
/// <param name="Exception">The exception that it met.</param>
public sealed record DashboardHealthReport(string Name, string? Status, string? Description, string? Exception);

/// <summary>Something a person can do to a resource.</summary>
/// <param name="Name">The name given back to <see cref="IDashboardSource.Execute"/>.</param>
/// <param name="DisplayName">What the button says.</param>
/// <param name="Description">What it does.</param>
/// <param name="Confirmation">A question to be answered first; null: none.</param>
/// <param name="IsHighlighted">Has a button in the table, not only in the details.</param>
/// <param name="State">Whether it can be used now.</param>
public sealed record DashboardCommand(string Name, string DisplayName, string? Description, string? Confirmation, bool IsHighlighted, DashboardCommandState State);

/// <summary>Whether a command can be used.</summary>
public enum DashboardCommandState
{
    /// <summary>It can be used.</summary>
    Enabled,

    /// <summary>It is shown, but cannot be used now.</summary>
    Disabled,

    /// <summary>It is not shown.</summary>
    Hidden,
}

/// <summary>A fact about a resource.</summary>
/// <param name="Name">The fact's name.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsSecret">The value stays masked until a person asks for it.</param>
public sealed record DashboardProperty(string Name, string Value, bool IsSecret);

/// <summary>Another resource that this one has to do with.</summary>
/// <param name="ResourceName">The other resource's name.</param>
/// <param name="Type">How: Reference, WaitFor, Parent, …</param>
public sealed record DashboardRelationship(string ResourceName, string Type);

/// <summary>One instance of a resource as it is now.</summary>
/// <param name="Id">The instance's name, unique.</param>
/// <param name="Name">The resource's name; replicas share it.</param>
/// <param name="Type">Project, Container, Executable, …</param>
/// <param name="State">Running, Starting, Exited, …; null: not known yet.</param>
/// <param name="StateStyle">success, info, warning or error; null: by the state.</param>
/// <param name="Health">Healthy, Degraded or Unhealthy; null: no checks, or not running.</param>
/// <param name="ExitCode">The exit code once it has exited.</param>
/// <param name="Created">When it was created.</param>
/// <param name="Started">When it was started.</param>
/// <param name="Stopped">When it ended.</param>
/// <param name="Source">The project file, image or command.</param>
/// <param name="Runs">What is really running, said plainly: process, container (docker), stand-in process, …</param>
/// <param name="Urls">Its addresses and links.</param>
/// <param name="Environment">Its environment variables.</param>
/// <param name="HealthReports">Its health checks.</param>
/// <param name="Commands">Its commands.</param>
/// <param name="Properties">Further facts.</param>
/// <param name="Relationships">What it has to do with others.</param>
/// <param name="Volumes">Its volumes and mounts, one line each.</param>
public sealed record DashboardResource(
    string Id,
    string Name,
    string Type,
    string? State,
    string? StateStyle,
    string? Health,
    int? ExitCode,
    DateTimeOffset? Created,
    DateTimeOffset? Started,
    DateTimeOffset? Stopped,
    string Source,
    string Runs,
    IReadOnlyList<DashboardUrl> Urls,
    IReadOnlyList<DashboardVariable> Environment,
    IReadOnlyList<DashboardHealthReport> HealthReports,
    IReadOnlyList<DashboardCommand> Commands,
    IReadOnlyList<DashboardProperty> Properties,
    IReadOnlyList<DashboardRelationship> Relationships,
    IReadOnlyList<string> Volumes);
