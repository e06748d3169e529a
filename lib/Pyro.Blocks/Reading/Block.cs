using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;
using Pyro.Memory;

namespace Pyro.Blocks.Reading;

/// <summary>
/// One block of one tenant. What is in it is opened when it is first needed, each part once. Whoever reads holds a lease, so that a block
/// that is retired stays readable until the last reader is done. A block that is damaged is read no more (quarantine), but for a try now and
/// then, for it may be repaired.
/// </summary>
public sealed class Block
{
    // How long a damaged block is left alone: at first, and after ever longer times at last.
    private static readonly TimeSpan FirstRest = TimeSpan.FromMinutes(1), LongestRest = TimeSpan.FromMinutes(16);

    private readonly IBlockFiles _files;
    private readonly BlockReading _reading;
    private readonly Lock _gate = new();
    private BlockParts? _parts;
    private DamagedBlockException? _fault;
    private DamagedBlockException? _told;
    private TimeSpan _rest = TimeSpan.MaxValue, _nextRest = FirstRest;
    private long _since, _used;
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

    /// <summary>Why it is read no more; null while it is whole, as far as is known. What it begins with stays.</summary>
    public DamagedBlockException? Fault
    {
        get => Volatile.Read(ref _fault);
        init => _fault = value;
    }

    /// <summary>Whether nobody removes it but this process, once it is retired and read no more: what is missing is damage then.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Whether its meta.json cannot be read, so that <see cref="Meta"/> tells no more than what is known without: its times may be much fewer.</summary>
    public bool IsMetaAssumed { get; init; }

    /// <summary>Whether it was found to be removed while it was read.</summary>
    public bool IsGone { get; private set; }

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

    /// <summary>A lease to read it by; null when it is retired. One that was damaged is tried again when it was left alone for some time.</summary>
    public BlockLease? TryLease()
    {
        BlockParts? left = null;
        try
        {
            lock (_gate)
            {
                if (_retired)
                {
                    return null;
                }

                if (_fault is not null && _reading.Time?.GetElapsedTime(_since) >= _rest)
                {
                    Volatile.Write(ref _fault, null);
                    left = Renew();
                }

                _leases++;
                return new BlockLease(this);
            }
        }
        finally
        {
            left?.Dispose();
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

    /// <summary>Closes what is open when nobody has read it for some time; it opens again on the next use.</summary>
    /// <returns>Whether anything was closed.</returns>
    public bool TryRest(TimeSpan unused)
    {
        BlockParts? parts;
        lock (_gate)
        {
            if (_leases > 0 || _reading.Time?.GetElapsedTime(_used) < unused)
            {
                return false;
            }

            parts = _parts;
            _parts = null;
        }

        parts?.Dispose();
        return parts is not null;
    }

    /// <summary>Whether its downsampled rows may be read instead of the rows that they are sums of. They are not needed: once one of their tables
    /// turns out to be damaged, none is read.</summary>
    internal bool IsDownsampled { get; set; } = true;

    /// <summary>
    /// Whether what a reader found damaged is to be read once more, as if for the first time: what came wrong over the network or out of a cache
    /// is right then. When it was read again already the block is damaged, and is read no more.
    /// </summary>
    internal bool MayReadAgain(BlockLease lease, DamagedBlockException fault)
    {
        BlockParts? left;
        lock (_gate)
        {
            // Others may have begun anew meanwhile.
            if (lease.Parts is null || ReferenceEquals(lease.Parts, _parts))
            {
                if (_parts is null or { IsAgain: true })
                {
                    Quarantine(fault);
                    return false;
                }

                _ = Renew();
            }

            left = Leave(lease);
        }

        left?.Dispose();
        return true;
    }

    /// <summary>Whether it is still to be there, by its meta.json: a file that is missing means damage then, and else that it was removed.</summary>
    internal async ValueTask<bool> IsThere(CancellationToken cancellation)
    {
        if (IsOwn)
        {
            return true;
        }

        try
        {
            using var file = await _files.Open(BlockPaths.Meta, 0, cancellation);
            return true;
        }
        catch (MissingFileException)
        {
            IsGone = true;
            return false;
        }
    }

    /// <summary>The memory of one look into it.</summary>
    internal Reservation Reserve() => new(_reading.Ledger, MemoryKind.Accumulators);

    /// <summary>What is open of it for a lease: the same until the lease ends or is to read again.</summary>
    internal BlockParts PartsOf(BlockLease lease)
    {
        lock (_gate)
        {
            if (lease.Parts is null)
            {
                lease.Parts = _parts ??= Unread(isAgain: false);
                lease.Parts.Users++;
            }

            return lease.Parts;
        }
    }

    internal void EndLease(BlockLease lease)
    {
        BlockParts? left;
        bool isLast;
        lock (_gate)
        {
            if (lease.Parts is not null)
            {
                _used = _reading.Time?.GetTimestamp() ?? 0;
            }

            left = Leave(lease);
            isLast = --_leases == 0 && _retired;
        }

        left?.Dispose();
        if (isLast)
        {
            Close();
        }
    }

    private BlockParts Unread(bool isAgain) => new(Meta, _files, _reading) { IsAgain = isAgain };

    // Under the gate. Gives what was open when nobody uses it, to be closed.
    private BlockParts? Renew()
    {
        var old = _parts;
        _parts = Unread(isAgain: true);
        return old is { Users: 0 } ? old : null;
    }

    // Under the gate. Gives what the lease used when it was the last to use what is not current any more.
    private BlockParts? Leave(BlockLease lease)
    {
        var parts = lease.Parts;
        lease.Parts = null;
        return parts is not null && --parts.Users == 0 && !ReferenceEquals(parts, _parts) ? parts : null;
    }

    // Under the gate. It is told once of the same fault, however often it is tried again.
    private void Quarantine(DamagedBlockException fault)
    {
        if (_fault is not null)
        {
            return;
        }

        (_since, _rest) = (_reading.Time?.GetTimestamp() ?? 0, _nextRest);
        _nextRest = _nextRest * 2 < LongestRest ? _nextRest * 2 : LongestRest;
        Volatile.Write(ref _fault, fault);
        if (_told?.Message != fault.Message)
        {
            _told = fault;
            _reading.Quarantine(Tenant, Ulid, fault);
        }
    }

    private void Close()
    {
        BlockParts? parts;
        lock (_gate)
        {
            (parts, _parts) = (_parts, null);
        }

        parts?.Dispose();
        _afterwards?.Invoke();
    }
}

/// <summary>The right to read a block until disposed of.</summary>
public sealed class BlockLease : IDisposable
{
    private int _ended;

    internal BlockLease(Block block) => Block = block;

    /// <summary>What it reads from; the block's to set.</summary>
    internal BlockParts? Parts { get; set; }

    /// <summary>The block.</summary>
    public Block Block { get; }

    /// <summary>Its series.</summary>
    /// <exception cref="DamagedBlockException">They cannot be read.</exception>
    public ValueTask<TsdbIndex> Index(CancellationToken cancellation) => Block.PartsOf(this).Index.Get(cancellation);

    /// <summary>Its rows.</summary>
    /// <exception cref="DamagedBlockException">They cannot be read.</exception>
    public async ValueTask<ParquetFile> Profiles(CancellationToken cancellation) => (await Block.PartsOf(this).Profiles.Get(cancellation)).Table;

    /// <summary>Its downsampled rows.</summary>
    /// <exception cref="DamagedBlockException">They cannot be read.</exception>
    internal async ValueTask<ParquetFile> Downsampled(DownsampledTable table, CancellationToken cancellation) =>
        (await Block.PartsOf(this).Downsampled[table.RelPath].Get(cancellation)).Table;

    /// <summary>Its symbols.</summary>
    /// <exception cref="DamagedBlockException">They cannot be read.</exception>
    public ValueTask<SymbolsFile> Symbols(CancellationToken cancellation) => Block.PartsOf(this).Symbols.Get(cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            Block.EndLease(this);
        }
    }
}
