using System.Diagnostics.Metrics;
using Pyro.Blocks.Symbols;
using Pyro.Memory;

namespace Pyro.Blocks.Reading;

/// <summary>What all blocks of a process share when they are read.</summary>
public sealed class BlockReading : IDisposable
{
    private readonly Meter _meter = new("Pyro");
    private readonly Counter<long> _quarantined;
    private int _open;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="symbols">Keeps decoded symbols.</param>
    public BlockReading(SymbolCache symbols)
    {
        Symbols = symbols;
        _quarantined = _meter.CreateCounter<long>(
            "pyro_block_quarantined_total", description: "Blocks that turned out to be damaged and are read no more.");
        _meter.CreateObservableGauge("pyroscopedb_blocks_currently_open", () => Open, description: "Blocks of which something is open.");
    }

    /// <summary>Keeps decoded symbols.</summary>
    public SymbolCache Symbols { get; }

    /// <summary>Clock by which damaged blocks are tried again; null: they are not.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Where the memory of open blocks and of reading them is counted.</summary>
    public MemoryLedger Ledger => Symbols.Ledger;

    /// <summary>Blocks of which something is open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Told of each block that turns out to be damaged, once, by tenant and name; for the log.</summary>
    public Action<string, Ulid, DamagedBlockException>? OnQuarantine { get; init; }

    /// <summary>Counts and tells of a block that is damaged and read no more.</summary>
    public void Quarantine(string tenant, Ulid block, DamagedBlockException fault)
    {
        _quarantined.Add(1, new KeyValuePair<string, object?>("tenant", tenant));
        OnQuarantine?.Invoke(tenant, block, fault);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Opened() => Interlocked.Increment(ref _open);

    internal void Closed() => Interlocked.Decrement(ref _open);
}
