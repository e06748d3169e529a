using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A line of a resource's log.</summary>
/// <param name="LineNumber">Counted from 1.</param>
/// <param name="Content">The line, with the time of its writing in front.</param>
/// <param name="IsErrorMessage">Whether it was written to standard error.</param>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);

/// <summary>
/// The logs of all resources, the last 10,000 lines of each. What a resource's own logger writes appears in the logs of all its
/// instances; what an instance writes appears in its resource's log too.
/// </summary>
public class ResourceLoggerService
{
    private readonly ConcurrentDictionary<string, ResourceLog> _logs = new(StringComparer.OrdinalIgnoreCase);
    private readonly Func<string, ILogger?> _forwardTo;

    /// <summary>Starts without logs.</summary>
    public ResourceLoggerService()
        : this(_ => null)
    {
    }

    /// <summary>Starts without logs.</summary>
    /// <param name="forwardTo">By resource name, a logger that gets every line too.</param>
    internal ResourceLoggerService(Func<string, ILogger?> forwardTo) => _forwardTo = forwardTo;

    /// <summary>A logger that writes to a resource's log.</summary>
    public ILogger GetLogger(IResource resource) => GetLogger(resource.Name);

    /// <summary>A logger that writes to the log of a resource or an instance.</summary>
    public ILogger GetLogger(string resourceName) => new ResourceLogger(Log(resourceName));

    /// <summary>The lines so far, then those to come, until the log is complete or the watch is cancelled.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource) => WatchAsync(resource.Name);

    /// <summary>The lines so far, then those to come, until the log is complete or the watch is cancelled.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => Lines(Log(resourceName).Watch());

    /// <summary>The lines so far.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(IResource resource) => GetAllAsync(resource.Name);

    /// <summary>The lines so far.</summary>
    public async IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName)
    {
        await Task.CompletedTask;
        var entries = Log(resourceName).After(0);
        if (entries.Count > 0)
            yield return Lines(entries);
    }

    /// <summary>Says that a resource writes nothing more for now: who watches comes to an end.</summary>
    public void Complete(IResource resource) => Complete(resource.Name);

    /// <summary>Says that a resource or an instance writes nothing more for now: who watches comes to an end.</summary>
    public void Complete(string name) => Log(name).Complete();

    /// <summary>Forgets the lines so far.</summary>
    public void ClearBacklog(string resourceName) => Log(resourceName).Clear();

    private static async IAsyncEnumerable<IReadOnlyList<LogLine>> Lines(
        IAsyncEnumerable<IReadOnlyList<LogEntry>> batches, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in batches.WithCancellation(cancellationToken))
            yield return Lines(batch);
    }

    private static LogLine[] Lines(IReadOnlyList<LogEntry> entries) =>
        [.. entries.Select(e => new LogLine(unchecked((int)e.Number), $"{e.Time:yyyy-MM-ddTHH:mm:ss.fffffffK} {e.Text}", e.IsError))];

    /// <summary>The log of a resource or an instance.</summary>
    internal ResourceLog Log(string name) => _logs.GetOrAdd(name, n => new ResourceLog(_forwardTo(n)));

    /// <summary>Says that an instance belongs to a resource, so that lines of one appear in the log of the other.</summary>
    internal ResourceLog Attach(string resourceName, string instanceId)
    {
        if (resourceName.Equals(instanceId, StringComparison.OrdinalIgnoreCase))
            return Log(resourceName);
        var instance = _logs.GetOrAdd(instanceId, _ => new ResourceLog(null));
        Log(resourceName).Attach(instance);
        return instance;
    }
}
