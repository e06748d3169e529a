using System.Collections.Concurrent;
using Pyro.Blocks;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Tenancy;

namespace Pyro.Ingester.Shipping;

/// <summary>
/// Where blocks lie on the local disk, as in Pyroscope: <c>tenant/local/ULID</c> when they are whole, <c>tenant/head/ULID</c> while they are
/// written or removed. What is in <c>head</c> belongs to nobody after a crash.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="dataPath">Everything that the ingester keeps.</param>
/// <param name="reading">What blocks share when they are read.</param>
/// <param name="logger">Told of folders that may not be looked into.</param>
public sealed class LocalFolders(IDisk disk, string dataPath, BlockReading reading, ILogger<LocalFolders> logger)
{
    private const string HeadName = "head", LocalName = "local";
    private const int MetaBytesMax = 16 << 20;

    // The last time that a profile can have: times are ns since the epoch, in 64 bits.
    private const long LastMillis = long.MaxValue / 1_000_000;
    private readonly ConcurrentDictionary<string, bool> _closed = new(StringComparer.Ordinal);

    /// <summary>Everything that the ingester keeps.</summary>
    public string DataPath => dataPath;

    /// <summary>Folder of a tenant's whole blocks.</summary>
    public string Local(string tenant) => Path.Join(dataPath, tenant, LocalName);

    /// <summary>Folder of a whole block.</summary>
    public string Local(string tenant, Ulid block) => Path.Join(dataPath, tenant, LocalName, block.ToString());

    /// <summary>Folder of a block that is written or removed.</summary>
    public string Scratch(string tenant, Ulid block) => Path.Join(dataPath, tenant, HeadName, block.ToString());

    /// <summary>Tenants that have a folder which may be looked into.</summary>
    public IEnumerable<string> Tenants()
    {
        // What cannot be a tenant's name is the ingester's own, which begins with @, or the file system's, such as lost+found.
        foreach (var entry in disk.List(dataPath))
        {
            if (entry.IsDirectory && TenantId.IsValid(entry.Name) && IsTenant(Path.Join(dataPath, entry.Name)))
            {
                yield return entry.Name;
            }
        }
    }

    private bool IsTenant(string folder)
    {
        try
        {
            return disk.List(folder).Any(static e => e.Name is HeadName or LocalName);
        }
        catch (UnauthorizedAccessException e)
        {
            if (_closed.TryAdd(folder, true))
            {
                logger.LogWarning("{Folder} is passed over, with the blocks that may lie in it: {Error}", folder, e.Message);
            }

            return false;
        }
    }

    /// <summary>Removes what earlier lives left half-written or half-removed. Nobody may write or remove meanwhile.</summary>
    /// <returns>How many there were.</returns>
    public int RemoveLeftovers(string tenant)
    {
        var scratch = Path.Join(dataPath, tenant, HeadName);
        var removed = 0;
        foreach (var entry in disk.List(scratch))
        {
            disk.Delete(Path.Join(scratch, entry.Name));
            removed++;
        }

        if (removed > 0)
        {
            disk.SyncDirectory(scratch);
        }

        return removed;
    }

    /// <summary>Puts a block that is whole and synced in its place, for good.</summary>
    public void Publish(string tenant, Ulid block)
    {
        var target = Local(tenant, block);
        disk.CreateDirectory(Local(tenant));
        disk.Rename(Scratch(tenant, block), target);
        Keep(tenant);
    }

    /// <summary>
    /// Has what is in place survive a crash. The folders above too: they may stand there without that, when who made them failed or died before it
    /// was done.
    /// </summary>
    public void Keep(string tenant)
    {
        disk.SyncDirectory(Local(tenant));
        disk.SyncDirectory(Path.Join(dataPath, tenant));
        disk.SyncDirectory(dataPath);
    }

    /// <summary>Removes a whole block: after a crash it is there as a whole or not at all.</summary>
    public void Remove(string tenant, Ulid block)
    {
        var scratch = Scratch(tenant, block);
        disk.CreateDirectory(Path.GetDirectoryName(scratch)!);
        disk.Delete(scratch);
        disk.Rename(Local(tenant, block), scratch);
        disk.SyncDirectory(Local(tenant));
        disk.Delete(scratch);
        disk.SyncDirectory(Path.GetDirectoryName(scratch)!);
    }

    /// <summary>Reads what a whole block tells of itself; null when there is none of this name.</summary>
    /// <exception cref="DamagedBlockException">It cannot be read.</exception>
    /// <exception cref="UnsupportedBlockException">It is of a later version.</exception>
    public async ValueTask<LocalBlock?> Find(string tenant, Ulid block, CancellationToken cancellation)
    {
        var folder = Local(tenant, block);
        if (!disk.Exists(folder))
        {
            return null;
        }

        var name = $"{block}/{BlockPaths.Meta}";
        var meta = BlockMeta.Read(await ReadMeta(Path.Join(folder, BlockPaths.Meta), name, cancellation), name);
        return meta.Id == block ? Open(tenant, meta) : throw new DamagedBlockException(name, -1, $"tells of block {meta.Id}");
    }

    /// <summary>A whole block; nothing is read of it yet.</summary>
    public LocalBlock Open(string tenant, BlockMeta meta)
    {
        var folder = Local(tenant, meta.Id);
        return new LocalBlock(new Block(tenant, meta, new DiskBlockFiles(disk, folder, meta.Id.ToString()), reading) { IsOwn = true }, folder);
    }

    /// <summary>A whole block whose meta.json cannot be read. All that is known of it is its name, so that it may have rows of any time.</summary>
    public LocalBlock OpenUnreadable(string tenant, Ulid block, IOException fault)
    {
        var damage = fault as DamagedBlockException;
        if (damage is not null)
        {
            reading.Quarantine(tenant, block, damage);
        }

        var meta = new BlockMeta
        {
            Id = block,
            MinTime = 0,
            MaxTime = LastMillis,
            Compaction = new BlockCompaction { Level = 1, Sources = [block] },
            Version = fault is UnsupportedBlockException unsupported ? unsupported.Version : BlockMeta.WrittenVersion,
        };
        var folder = Local(tenant, block);
        return new LocalBlock(
            new Block(tenant, meta, new DiskBlockFiles(disk, folder, block.ToString()), reading) { IsOwn = true, IsMetaAssumed = true, Fault = damage }, folder);
    }

    /// <summary>The names of a tenant's whole blocks.</summary>
    public IEnumerable<Ulid> Blocks(string tenant)
    {
        foreach (var entry in disk.List(Local(tenant)))
        {
            if (entry.IsDirectory && BlockPaths.TryParse(entry.Name, out var block))
            {
                yield return block;
            }
        }
    }

    // A bad sector, or a file of somebody else's, under one block is no reason not to serve the others.
    private async ValueTask<byte[]> ReadMeta(string path, string name, CancellationToken cancellation)
    {
        try
        {
            return await disk.ReadAll(path, MetaBytesMax, cancellation);
        }
        catch (FileNotFoundException e)
        {
            throw new DamagedBlockException(name, -1, "is not there", e);
        }
        catch (Exception e) when (e is (IOException and not DiskCrashException) or UnauthorizedAccessException)
        {
            throw new DamagedBlockException(name, -1, $"cannot be read: {e.Message}", e);
        }
    }
}
