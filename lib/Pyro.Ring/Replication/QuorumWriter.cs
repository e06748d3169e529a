namespace Pyro.Ring;

/// <summary>Sends some items of a write to one member.</summary>
/// <param name="address"><c>host:port</c> of the member.</param>
/// <param name="items">Indexes of the items that it is to store, ascending.</param>
/// <param name="cancellationToken">Fires when the time for an answer is over; never when the client went away.</param>
/// <returns>Null when all are stored, else for each item its error or null. An exception fails all of them.</returns>
public delegate Task<IReadOnlyList<Exception?>?> SendItems(string address, IReadOnlyList<int> items, CancellationToken cancellationToken);

/// <summary>
/// Writes items to their replicas: one call per member with everything it is to store. The answer comes when each item has
/// reached its quorum or can no longer reach it; the calls that are late by then go on, detached from the client, until the
/// timeout. When too many are late already a write waits for all of its calls, so that a slow member slows its senders down
/// instead of filling their memory. Thread-safe.
/// </summary>
/// <param name="time">Measures the timeout.</param>
/// <param name="timeout">Time that each call has.</param>
/// <param name="lateBound">How many writes may have late calls at once.</param>
public sealed class QuorumWriter(TimeProvider time, TimeSpan timeout, int lateBound)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _idle;
    private int _running;
    private int _waiting;

    /// <summary>Writes that are answered while some of their calls have not ended.</summary>
    public int Late => Volatile.Read(ref _running) - Volatile.Read(ref _waiting);

    /// <summary>Completes when no call is under way: what a shutdown waits for.</summary>
    public Task WhenIdle()
    {
        lock (_gate)
        {
            if (_running == 0) return Task.CompletedTask;
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>Writes each item to its replicas.</summary>
    /// <param name="items">The replicas of each item.</param>
    /// <param name="send">One call.</param>
    /// <param name="cancellationToken">Ends the wait, not the calls.</param>
    /// <returns>For each item null when a quorum stored it, else the error that made it impossible.</returns>
    public async Task<Exception?[]> Write(IReadOnlyList<ReplicaSet> items, SendItems send, CancellationToken cancellationToken)
    {
        var votes = new QuorumVotes(items);
        if (items.Count == 0) return votes.Errors;

        Interlocked.Increment(ref _waiting);
        try
        {
            var calls = Start(GroupByAddress(items), votes, send);
            await votes.Decided.WaitAsync(cancellationToken);
            if (!calls.IsCompleted && Late >= lateBound) await calls.WaitAsync(cancellationToken);
            return votes.Errors;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private static (string Address, IReadOnlyList<int> Items)[] GroupByAddress(IReadOnlyList<ReplicaSet> items)
    {
        if (AreOneSet(items))
        {
            var all = new int[items.Count];
            for (var i = 0; i < all.Length; i++) all[i] = i;
            return [.. items[0].Members.Select(m => (m.Address, (IReadOnlyList<int>)all))];
        }

        var groups = new Dictionary<string, List<int>>();
        for (var i = 0; i < items.Count; i++)
        {
            foreach (var member in items[i].Members)
            {
                if (!groups.TryGetValue(member.Address, out var group)) groups[member.Address] = group = [];
                group.Add(i);
            }
        }

        return [.. groups.Select(g => (g.Key, (IReadOnlyList<int>)g.Value))];
    }

    private static bool AreOneSet(IReadOnlyList<ReplicaSet> items)
    {
        for (var i = 1; i < items.Count; i++)
        {
            if (!ReferenceEquals(items[i], items[0])) return false;
        }

        return true;
    }

    private async Task Start((string Address, IReadOnlyList<int> Items)[] groups, QuorumVotes votes, SendItems send)
    {
        lock (_gate) _running++;
        try
        {
            using var timer = new CancellationTokenSource(timeout, time);
            var calls = new Task[groups.Length];
            var next = 0;
            foreach (var (address, items) in groups) calls[next++] = Call(address, items, votes, send, timer.Token);
            foreach (var call in calls) await call;
        }
        finally
        {
            lock (_gate)
            {
                if (--_running == 0)
                {
                    _idle?.SetResult();
                    _idle = null;
                }
            }
        }
    }

    private async Task Call(string address, IReadOnlyList<int> items, QuorumVotes votes, SendItems send, CancellationToken timer)
    {
        IReadOnlyList<Exception?>? errors = null;
        Exception? failure = null;
        try
        {
            errors = await send(address, items, timer);
        }
        catch (Exception e)
        {
            failure = timer.IsCancellationRequested ? new TimeoutException($"no answer from {address} within {timeout}", e) : e;
        }

        votes.Count(items, errors, failure);
    }
}
