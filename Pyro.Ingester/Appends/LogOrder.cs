using System.Collections.Concurrent;
using Pyro.Ingester.Wal;

namespace Pyro.Ingester.Appends;

/// <summary>
/// Lets batches of a tenant settle in the order in which they lie in the log. What is stored of a cumulative series depends on the order of
/// its profiles, so that a replay comes to the same only in the same order; other series need none and do not come here. A batch whose head
/// has not seen what went before waits until that has settled, since the head's records must tell the whole of it.
/// </summary>
internal sealed class LogOrder
{
    private readonly ConcurrentDictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>Appends to the log, waits, and settles after every batch of the tenant that came before in the log.</summary>
    /// <param name="tenant">Whose batch it is.</param>
    /// <param name="head">The head it is logged under.</param>
    /// <param name="mustWait">Whether it has to be appended after all before have settled; asked when nothing can come in between.</param>
    /// <param name="append">Appends; told whether all before have settled.</param>
    /// <param name="settle">Takes the outcome in.</param>
    public async Task Append(string tenant, Ulid head, Func<bool> mustWait, Func<bool, Task<LogOutcome>> append, Action<LogOutcome> settle)
    {
        Line line = _lines.GetOrAdd(tenant, static _ => new Line());
        var appended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            Task<LogOutcome>? written = null;
            Task before, ahead;
            bool waits;
            lock (line.Gate)
            {
                // The place in the log and the place in the line are the same: nothing of the tenant comes in between.
                before = line.Settled;
                waits = (line.Head != head && !before.IsCompleted) || mustWait();
                ahead = waits ? before : line.Appended;
                (line.Head, line.Appended, line.Settled) = (head, appended.Task, settled.Task);
                if (!waits && ahead.IsCompleted)
                {
                    written = append(false);
                    appended.SetResult();
                }
            }

            if (written is null)
            {
                await ahead;
                written = append(waits);
                appended.SetResult();
            }

            LogOutcome outcome = await written;
            await before;
            settle(outcome);
        }
        finally
        {
            appended.TrySetResult();
            settled.SetResult();
        }
    }

    private sealed class Line
    {
        public Lock Gate { get; } = new();

        /// <summary>The head of the batch that came last.</summary>
        public Ulid Head { get; set; }

        /// <summary>Completes when the batch that came last has its place in the log.</summary>
        public Task Appended { get; set; } = Task.CompletedTask;

        /// <summary>Completes when the batch that came last has settled.</summary>
        public Task Settled { get; set; } = Task.CompletedTask;
    }
}
