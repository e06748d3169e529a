using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An instance of a resource as it is at one moment.</summary>
public sealed record CustomResourceSnapshot
{
    /// <summary>The kind of resource, such as <c>Project</c>.</summary>
    public required string ResourceType { get; init; }

    /// <summary>What else is known of it, such as <c>executable.pid</c>.</summary>
    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    /// <summary>What it does; null: nothing yet.</summary>
    public ResourceStateSnapshot? State { get; init; }

    /// <summary>How it ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public DateTime? CreationTimeStamp { get; init; }

    /// <summary>When it started, UTC.</summary>
    public DateTime? StartTimeStamp { get; init; }

    /// <summary>When it stopped, UTC.</summary>
    public DateTime? StopTimeStamp { get; init; }

    /// <summary>Null unless it runs; then the worst of its reports, where one not made yet counts as unhealthy.</summary>
    public HealthStatus? HealthStatus => State?.Text != KnownResourceStates.Running ? null
        : HealthReports.IsEmpty ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
        : HealthReports.Min(r => r.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);

    /// <summary>The last report of each health check.</summary>
    public ImmutableArray<HealthReportSnapshot> HealthReports { get; internal init; } = [];

    /// <summary>Its links.</summary>
    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    /// <summary>Its environment.</summary>
    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentVariables { get; init; } = [];

    /// <summary>Its mounts.</summary>
    public ImmutableArray<VolumeSnapshot> Volumes { get; init; } = [];

    /// <summary>Its commands and whether each may be given.</summary>
    public ImmutableArray<ResourceCommandSnapshot> Commands { get; init; } = [];

    /// <summary>What it has to do with others.</summary>
    public ImmutableArray<RelationshipSnapshot> Relationships { get; init; } = [];

    /// <summary>Whether it is left out of lists.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Its icon.</summary>
    public string? IconName { get; init; }
}

/// <summary>What an instance does.</summary>
/// <param name="Text">One of <see cref="KnownResourceStates"/>, or a word of the resource's own.</param>
/// <param name="Style">How it is shown: success, info, warn, error.</param>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    /// <summary>A state shown plainly.</summary>
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new ResourceStateSnapshot(s, null);
}

/// <summary>A fact about an instance.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The fact.</param>
public sealed record ResourcePropertySnapshot(string Name, object? Value)
{
    /// <summary>Whether it is masked where it is shown.</summary>
    public bool IsSensitive { get; init; }
}

/// <summary>A variable of an instance's environment.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsFromSpec">Whether the model set it.</param>
public sealed record EnvironmentVariableSnapshot(string Name, string? Value, bool IsFromSpec)
{
    /// <summary>Whether a secret is in the value.</summary>
    internal bool IsSecret { get; init; }
}

/// <summary>A link of an instance.</summary>
/// <param name="Name">The endpoint that it leads to, if any.</param>
/// <param name="Url">The link.</param>
/// <param name="IsInternal">Whether it is of use inside of the application only.</param>
public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal)
{
    /// <summary>Whether it cannot be reached now.</summary>
    public bool IsInactive { get; init; }

    /// <summary>What to show for it.</summary>
    internal string DisplayText { get; init; } = "";

    /// <summary>Whether it is shown in the details only.</summary>
    internal bool DetailsOnly { get; init; }
}

/// <summary>A mount of an instance.</summary>
/// <param name="Source">The volume's name or the folder's path.</param>
/// <param name="Target">The path in the container.</param>
/// <param name="MountType">Volume or folder.</param>
/// <param name="IsReadOnly">Whether the container may only read.</param>
public sealed record VolumeSnapshot(string? Source, string Target, string MountType, bool IsReadOnly);

/// <summary>What an instance has to do with another resource.</summary>
/// <param name="ResourceName">The other.</param>
/// <param name="Type">What, such as <c>Reference</c>.</param>
public sealed record RelationshipSnapshot(string ResourceName, string Type);

/// <summary>The last report of a health check.</summary>
/// <param name="Name">The check's key.</param>
/// <param name="Status">What it found; null: not run yet.</param>
/// <param name="Description">What it says.</param>
/// <param name="ExceptionText">How it failed.</param>
public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText);

/// <summary>A command of an instance.</summary>
public sealed record ResourceCommandSnapshot
{
    internal ResourceCommandSnapshot(ResourceCommandAnnotation command, ResourceCommandState state)
    {
        Name = command.Name;
        State = state;
        DisplayName = command.DisplayName;
        DisplayDescription = command.Options.Description;
        ConfirmationMessage = command.Options.ConfirmationMessage;
        IsHighlighted = command.Options.IsHighlighted;
    }

    /// <summary>The command's name.</summary>
    public string Name { get; init; }

    /// <summary>Whether it may be given.</summary>
    public ResourceCommandState State { get; init; }

    /// <summary>What it is called.</summary>
    public string DisplayName { get; init; }

    /// <summary>What it does.</summary>
    public string? DisplayDescription { get; init; }

    /// <summary>A question to be answered with yes first.</summary>
    public string? ConfirmationMessage { get; init; }

    /// <summary>Whether it stands beside the resource rather than in its menu.</summary>
    public bool IsHighlighted { get; init; }
}
