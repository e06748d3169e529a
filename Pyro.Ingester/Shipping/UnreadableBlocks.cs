using System.Buffers.Binary;
using System.Collections.Concurrent;
using Pyro.Blocks;
using Pyro.Blocks.Meta;
using Pyro.Ingester.Head;
using Pyro.Ingester.Wal;

namespace Pyro.Ingester.Shipping;

/// <summary>
/// Local blocks whose meta.json could not be read at start. It is tried again hourly: the disk may give it then, or somebody has repaired it.
/// </summary>
/// <param name="heads">Hold them.</param>
/// <param name="folders">Where they lie.</param>
/// <param name="log">May have records of them.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Told what became of them.</param>
public sealed class UnreadableBlocks(HeadStore heads, LocalFolders folders, WriteAheadLog log, TimeProvider time, ILogger<UnreadableBlocks> logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    // By which names their records in the log were taken up.
    private readonly ConcurrentDictionary<Ulid, Ulid> _names = new();

    /// <summary>Told of each that can be read again.</summary>
    public Action<LocalBlock>? OnBlock { get; set; }

    /// <summary>Takes one in, before the log is replayed.</summary>
    public void Add(string tenant, Ulid name, IOException fault)
    {
        heads.Of(tenant).AddUnreadable(folders.OpenUnreadable(tenant, name, fault));
        if (fault is UnsupportedBlockException)
        {
            logger.LogError("A local block of {Tenant} cannot be read: {Error}", tenant, fault.Message);
        }
    }

    /// <summary>
    /// Under which name the log's records of a head are taken up: its own, unless its block is there and cannot be read. The log may not have all
    /// of its records any more, and the whole block may be in the bucket: what is left of them must not pass for it.
    /// </summary>
    public Ulid NameOf(string tenant, Ulid head)
    {
        var (held, name) = (heads.Held(tenant), head);
        while (Array.Exists(held.Unreadable, b => b.Ulid == name))
        {
            name = Next(name);
        }

        if (name != head)
        {
            _names[head] = name;
        }

        return name;
    }

    /// <summary>Whether a replay would come upon records of a block, by whatever name this process knows them.</summary>
    public bool IsLogged(Ulid block) => log.Names(_names.GetValueOrDefault(block, block));

    /// <summary>Tries them hourly until it is cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(Every, time, cancellation);
            await FindAgain(cancellation);
        }
    }

    /// <summary>Tries them now: those that can be read are held like any other, those that are not there any more are not held.</summary>
    public async Task FindAgain(CancellationToken cancellation)
    {
        foreach (var tenant in heads.Tenants)
        {
            foreach (var unreadable in heads.Held(tenant).Unreadable)
            {
                try
                {
                    Replace(unreadable, await folders.Find(tenant, unreadable.Ulid, cancellation));
                }
                catch (Exception e) when (e is DamagedBlockException or UnsupportedBlockException)
                {
                    // As was told at start.
                }
            }
        }
    }

    private void Replace(LocalBlock unreadable, LocalBlock? block)
    {
        // It may have been removed meanwhile, since the bucket has it.
        if (!heads.Of(unreadable.Tenant).TryReplace(unreadable, block))
        {
            return;
        }

        unreadable.Block.Retire();
        if (block is null)
        {
            logger.LogInformation("Local block {Ulid} of {Tenant}, which could not be read, is not there any more", unreadable.Ulid, unreadable.Tenant);
            return;
        }

        logger.LogInformation("Local block {Ulid} of {Tenant} can be read again", block.Ulid, block.Tenant);
        OnBlock?.Invoke(block);
    }

    // The same after each restart.
    private static Ulid Next(Ulid name)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, BinaryPrimitives.ReadUInt128BigEndian(name.ToByteArray()) + 1);
        return new Ulid(bytes);
    }
}
