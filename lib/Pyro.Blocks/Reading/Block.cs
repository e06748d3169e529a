using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;

namespace Pyro.Blocks.Reading;

/// <summary>
/// One block of one tenant. What is in it is opened when it is first needed, each part once. Whoever reads holds a lease, so that a block
/// that is retired stays readable until the last reader is done. A block that is damaged is read no more (quarantine): to try again, make
/// another of the same files.
/// </summary>
public sealed class Block
{
    private readonly IBlockFiles _files;
    private readonly BlockReading _reading;
    private readonly Lock _gate = new();
    private BlockParts? _parts;
    private DamagedBlockException? _fault;
    private Action? _afterwards;
    private int _leases;
    private bool _retired;

    /// <summary>A block that nothing is read of yet.</summary>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="meta">What its meta.json tells.</param>
    /// <param name="files">Its files.</param>
    /// <param name="reading">What blocks share when they are read.</param>
    public Block(string tenant, BlockMeta meta, IBlockFiles files, BlockReading reading)
    {
        Tenant = tenant;
        Meta = meta;
        _files = files;
        _reading = reading;
    }

    /// <summary>Whose it is.</summary>
    public string Tenant { get; }

    /// <summary>Its name.</summary>
    public Ulid Ulid => Meta.Id;

    /// <summary>What its meta.json tells.</summary>
    public BlockMeta Meta { get; }

    /// <summary>Earliest profile, ms since the epoch.</summary>
    public long MinMillis => Meta.MinTime;

    /// <summary>Latest profile, ms since the epoch, inclusive.</summary>
    public long MaxMillis => Meta.MaxTime;

    /// <summary>The process that shipped it; empty when it was not shipped.</summary>
    public string Writer => Meta.Labels?.GetValueOrDefault(BlockMeta.HostLabel) ?? "";

    /// <summary>Why it is read no more; null while it is whole.</summary>
    public DamagedBlockException? Fault => Volatile.Read(ref _fault);

    /// <summary>Whether somebody reads it.</summary>
    public bool IsInUse
    {
        get
        {
            lock (_gate)
            {
                return _leases > 0;
            }
        }
    }

    /// <summary>A lease to read it by; null when it is retired.</summary>
    public BlockLease? TryLease()
    {
        lock (_gate)
        {
            if (_retired)
            {
                return null;
            }

            _leases++;
            return new BlockLease(this);
        }
    }

    /// <summary>Ends it: it is leased no more, and closed when the last lease ends, now if there is none.</summary>
    /// <param name="afterwards">Done when it is closed, such as to remove its files.</param>
    public void Retire(Action? afterwards = null)
    {
        lock (_gate)
        {
            if (_retired)
            {
                return;
            }

            _retired = true;
            _afterwards = afterwards;
            if (_leases > 0)
            {
                return;
            }
        }

        Close();
    }

    /// <summary>Closes what is open when nobody reads it; it opens again on the next use.</summary>
    /// <returns>Whether anything was closed.</returns>
    public bool TryRest()
    {
        BlockParts? parts;
        lock (_gate)
        {
            if (_leases > 0)
            {
                return false;
            }

            parts = _parts;
            _parts = null;
        }

        parts?.Dispose();
        return parts is not null;
    }

    /// <summary>Notes that it is damaged; only the first fault counts.</summary>
    public void Quarantine(DamagedBlockException fault)
    {
        if (Interlocked.CompareExchange(ref _fault, fault, null) is null)
        {
            _reading.Quarantined(this, fault);
        }
    }

    /// <summary>Whether its meta.json is still there: a file that is missing means damage then, and else that it was removed.</summary>
    internal async ValueTask<bool> IsThere(CancellationToken cancellation)
    {
        try
        {
            using var file = await _files.Open(BlockPaths.Meta, 0, cancellation);
            return true;
        }
        catch (MissingFileException)
        {
            return false;
        }
    }

    internal BlockParts Parts
    {
        get
        {
            lock (_gate)
            {
                return _parts ??= new BlockParts(Meta, _files, _reading.Symbols);
            }
        }
    }

    internal void EndLease()
    {
        lock (_gate)
        {
            if (--_leases > 0 || !_retired)
            {
                return;
            }
        }

        Close();
    }

    private void Close()
    {
        _parts?.Dispose();
        _parts = null;
        _afterwards?.Invoke();
    }
}

/// <summary>The right to read a block until disposed of.</summary>
public sealed class BlockLease : IDisposable
{
    private int _ended;

    internal BlockLease(Block block) => Block = block;

    /// <summary>The block.</summary>
    public Block Block { get; }

    /// <summary>Its series.</summary>
    /// <exception cref="DamagedBlockException">They cannot be read.</exception>
    public ValueTask<TsdbIndex> Index(CancellationToken cancellation) => Block.Parts.Index.Get(cancellation);

    /// <summary>Its rows.</summary>
    /// <exception cref="DamagedBlockException">They cannot be read.</exception>
    public async ValueTask<ParquetFile> Profiles(CancellationToken cancellation) => (await Block.Parts.Profiles.Get(cancellation)).Table;

    /// <summary>Its symbols.</summary>
    /// <exception cref="DamagedBlockException">They cannot be read.</exception>
    public ValueTask<SymbolsFile> Symbols(CancellationToken cancellation) => Block.Parts.Symbols.Get(cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            Block.EndLease();
        }
    }
}
