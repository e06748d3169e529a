using Pyro.Blocks.Meta;
using Pyro.Blocks.Writing;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Memory;

namespace Pyro.Ingester.Shipping;

/// <summary>Writes a sealed head as a block to the local disk.</summary>
/// <param name="disk">The disk.</param>
/// <param name="folders">Where blocks lie.</param>
/// <param name="ledger">Gives the memory that it takes.</param>
/// <param name="scheduler">Where it is done: behind what people wait for.</param>
public sealed class HeadFlush(IDisk disk, LocalFolders folders, MemoryLedger ledger, TaskScheduler scheduler)
{
    // What a flush takes beside the head: copies of symbols and the row group that is written. Of a small budget no more of it is counted than half of
    // what is left for questions when pushes are refused: they would all be refused while it lasts.
    private readonly long _bytesMax = Math.Min(256L << 20, ledger.Budget / 16);

    /// <summary>Writes the block; it survives a crash on return.</summary>
    /// <returns>The block; null when the head was empty.</returns>
    /// <exception cref="IOException">The disk refuses.</exception>
    public async ValueTask<LocalBlock?> Write(string tenant, TenantHead head, CancellationToken cancellation)
    {
        if (await folders.Find(tenant, head.Ulid, cancellation) is { } there)
        {
            // An earlier try put it in place and failed after that.
            folders.Keep(tenant);
            return there;
        }

        var bytes = Math.Clamp(head.Bytes, 0, _bytesMax);
        ledger.Reserve(bytes, MemoryKind.Accumulators);
        try
        {
            var folder = folders.Scratch(tenant, head.Ulid);
            disk.Delete(folder);
            var named = new BlockMeta
            {
                Id = head.Ulid,
                MinTime = 0,
                MaxTime = 0,
                Compaction = new BlockCompaction { Level = 1, Sources = [head.Ulid] },
            };
            var meta = await Task.Factory.StartNew(
                () => new BlockWriter(disk, folder).Write(named, new HeadRows(head.View()), cancellation).AsTask(),
                cancellation,
                TaskCreationOptions.DenyChildAttach,
                scheduler).Unwrap();
            if (meta is null)
            {
                return null;
            }

            folders.Publish(tenant, head.Ulid);
            return folders.Open(tenant, meta);
        }
        finally
        {
            ledger.Release(bytes, MemoryKind.Accumulators);
        }
    }
}
