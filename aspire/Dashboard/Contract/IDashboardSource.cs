namespace Aspire.Dashboard;

/// <summary>A line that a resource wrote.</summary>
/// <param name="Number">The line's number in its resource, from 1.</param>
/// <param name="Time">When it was read.</param>
/// <param name="Text">The text, ANSI colour sequences included, without the line's end.</param>
/// <param name="IsError">It came from standard error.</param>
public sealed record DashboardLogLine(long Number, DateTimeOffset Time, string Text, bool IsError);

/// <summary>How a command ended.</summary>
/// <param name="Success">It did what it should.</param>
/// <param name="Message">What to tell the person; the cause of a failure.</param>
public sealed record DashboardCommandResult(bool Success, string? Message);

/// <summary>What the dashboard shows and works on: given by the program that runs the resources.</summary>
public interface IDashboardSource
{
    /// <summary>The application's name, for the title.</summary>
    string ApplicationName { get; }

    /// <summary>The present state of each instance, then every change, until cancelled.</summary>
    IAsyncEnumerable<DashboardResource> WatchResources(CancellationToken cancellation);

    /// <summary>The lines kept of an instance, then every new one, in batches, until cancelled.</summary>
    /// <param name="resourceId">The instance: <see cref="DashboardResource.Id"/>.</param>
    /// <param name="cancellation">Ends the watch.</param>
    IAsyncEnumerable<IReadOnlyList<DashboardLogLine>> WatchLogs(string resourceId, CancellationToken cancellation);

    /// <summary>Does what a command says; a failure is a result.</summary>
    /// <param name="resourceId">The instance: <see cref="DashboardResource.Id"/>.</param>
    /// <param name="command">The command: <see cref="DashboardCommand.Name"/>.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<DashboardCommandResult> Execute(string resourceId, string command, CancellationToken cancellation);
}
