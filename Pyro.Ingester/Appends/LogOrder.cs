using System.Collections.Concurrent;
using Pyro.Ingester.Wal;

namespace Pyro.Ingester.Appends;

/// <summary>
/// Lets batches of a tenant settle in the order in which they lie in the log. What is stored of a cumulative series depends on the order of
/// its profiles, so that a replay comes to the same only in the same order; other series need none and do not come here.
/// </summary>
internal sealed class LogOrder
{
    private readonly ConcurrentDictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>Appends to the log, waits, and settles after every batch of the tenant that came before in the log.</summary>
    public async Task Append(string tenant, Func<Task<LogOutcome>> append, Action<LogOutcome> settle)
    {
        Line line = _lines.GetOrAdd(tenant, static _ => new Line());
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<LogOutcome> written;
        Task before;
        lock (line.Gate)
        {
            // The place in the log and the place in the line are the same: nothing of the tenant comes in between.
            written = append();
            before = line.Last;
            line.Last = settled.Task;
        }

        try
        {
            LogOutcome outcome = await written;
            await before;
            settle(outcome);
        }
        finally
        {
            settled.SetResult();
        }
    }

    private sealed class Line
    {
        public Lock Gate { get; } = new();

        /// <summary>Completes when the batch that came last has settled.</summary>
        public Task Last { get; set; } = Task.CompletedTask;
    }
}
