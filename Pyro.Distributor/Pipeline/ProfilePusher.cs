using Pyro.Distributor.Replication;
using Pyro.Tenancy;

namespace Pyro.Distributor.Pipeline;

/// <summary>
/// What every entry point ends in: takes the profiles of one request through the steps and to the ingesters. A profile that fails
/// does not stop the others. Many or large profiles go through the steps in parallel, few and small ones on the spot.
/// </summary>
internal sealed class ProfilePusher(ProfilePipeline pipeline, ReplicaWriter writer, TaskScheduler scheduler)
{
    /// <summary>Below so many bytes in all, more threads cost more than they save.</summary>
    private const long ParallelBytesMin = 256 << 10;

    /// <summary>Stores profiles.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="limits">The tenant's limits.</param>
    /// <param name="entries">The profiles, each at the place that its index tells. They are used up.</param>
    /// <param name="cancellationToken">Ends the wait, not what has been sent.</param>
    /// <returns>The profiles that were not stored, by index.</returns>
    public async Task<IReadOnlyList<PushFailure>> Push(
        string tenant, TenantLimits limits, IReadOnlyList<PushEntry> entries, CancellationToken cancellationToken)
    {
        using var sink = new RecordSink();
        var refused = entries.Count > 1 && BytesOf(entries) >= ParallelBytesMin
            ? await RunInParallel(tenant, limits, entries, sink)
            : RunHere(tenant, limits, entries, sink);
        var failed = await writer.Write(tenant, entries, sink, cancellationToken);
        if (refused.Count == 0) return failed;
        return failed.Count == 0 ? refused : [.. refused.Concat(failed).OrderBy(f => f.Index)];
    }

    private List<PushFailure> RunHere(string tenant, TenantLimits limits, IReadOnlyList<PushEntry> entries, RecordSink sink)
    {
        var failures = new List<PushFailure>();
        for (var i = 0; i < entries.Count; i++)
        {
            if (Run(tenant, limits, entries[i], i, sink) is { } failure) failures.Add(failure);
        }

        return failures;
    }

    private async Task<List<PushFailure>> RunInParallel(string tenant, TenantLimits limits, IReadOnlyList<PushEntry> entries, RecordSink sink)
    {
        var tasks = new Task<(PushFailure? Failure, RecordSink Sink)>[entries.Count];
        for (var i = 0; i < tasks.Length; i++)
        {
            var place = i;
            tasks[i] = Task.Factory.StartNew(
                () =>
                {
                    var own = new RecordSink();
                    return (Run(tenant, limits, entries[place], place, own), own);
                },
                CancellationToken.None,
                TaskCreationOptions.DenyChildAttach,
                scheduler);
        }

        var failures = new List<PushFailure>();
        foreach (var (failure, own) in await Task.WhenAll(tasks))
        {
            if (failure is not null) failures.Add(failure);
            sink.Take(own);
            own.Dispose();
        }

        return failures;
    }

    private PushFailure? Run(string tenant, TenantLimits limits, PushEntry entry, int place, RecordSink sink)
    {
        using (entry)
        {
            return pipeline.Run(tenant, limits, entry, place, sink);
        }
    }

    private static long BytesOf(IReadOnlyList<PushEntry> entries)
    {
        long bytes = 0;
        foreach (var entry in entries) bytes += entry.Scratch.Profile.RawLength;
        return bytes;
    }
}
