using Pyro.Blocks.Verifying;

namespace Pyro.Blocks.Symbols;

/// <summary>How many entries the tables of a partition have.</summary>
/// <param name="Stacks">Nodes of the stack tree, its root included.</param>
/// <param name="Locations">Locations.</param>
/// <param name="Functions">Functions.</param>
/// <param name="Mappings">Mappings.</param>
/// <param name="Strings">Strings.</param>
public readonly record struct SymbolCounts(int Stacks, int Locations, int Functions, int Mappings, int Strings);

/// <summary>Bytes that the tables of a partition have in the file of symbols; 0 for tables in files of their own.</summary>
/// <param name="Stacks">The stack trees.</param>
/// <param name="Locations">Locations.</param>
/// <param name="Functions">Functions.</param>
/// <param name="Mappings">Mappings.</param>
/// <param name="Strings">Strings.</param>
public readonly record struct SymbolBytes(long Stacks, long Locations, long Functions, long Mappings, long Strings);

/// <summary>
/// The symbols of one partition of a block. Each table is read when it is first needed and kept in the cache; nothing but the index is
/// read before.
/// </summary>
public sealed class PartitionSymbols
{
    private readonly string _file;
    private readonly StackIds _ids;
    private readonly SharedTables _shared;
    private readonly CachedTable<StackColumns> _stacks;

    internal PartitionSymbols(string file, PartitionPlace place, StackIds ids, SharedTables shared, CachedTable<StackColumns> stacks)
    {
        _file = file;
        _ids = ids;
        _shared = shared;
        _stacks = stacks;
        Id = place.Id;
        Bytes = new SymbolBytes(place.Trees.Sum(static t => t.Size), place.Locations.Size, place.Functions.Size, place.Mappings.Size, place.Strings.Size);
        Counts = new SymbolCounts(ids.Count, place.Locations.Count, place.Functions.Count, place.Mappings.Count, place.Strings.Count);
    }

    /// <summary>XXH64 of the partition key, as rows name it.</summary>
    public ulong Id { get; }

    /// <summary>Entries of its tables, as the index tells.</summary>
    public SymbolCounts Counts { get; }

    /// <summary>Bytes of its tables, as the index tells.</summary>
    public SymbolBytes Bytes { get; }

    /// <summary>The file that its index is in.</summary>
    internal string File => _file;

    /// <summary>Whether stack ids of rows are nodes of the stack tree; not so in old blocks whose partitions have several trees.</summary>
    public bool IdsAreNodes => _ids.AreNodes;

    /// <summary>Whether there is a stack of an id of a row; 0: the empty stack.</summary>
    public bool HasStack(ulong stackId) => _ids.NodeOf(stackId) >= 0;

    /// <summary>The node of <see cref="SymbolTables.Stacks"/> that a stack id of a row names; 0: the empty stack.</summary>
    /// <exception cref="DamagedBlockException">There is no such stack.</exception>
    public int NodeOf(ulong stackId)
    {
        var node = _ids.NodeOf(stackId);
        return node >= 0 ? node : throw Unknown(stackId);
    }

    /// <summary>The tables, kept until disposed of. Those that are not in the cache are read at the same time.</summary>
    /// <exception cref="DamagedBlockException">One is not what was written.</exception>
    /// <exception cref="Memory.MemoryBudgetException">The memory budget has no room for them.</exception>
    public async ValueTask<LoadedSymbols> Load(CancellationToken cancellation)
    {
        var stacks = _stacks.Pin(cancellation).AsTask();
        var locations = _shared.Locations.Pin(cancellation).AsTask();
        var mappings = _shared.Mappings.Pin(cancellation).AsTask();
        var functions = _shared.Functions.Pin(cancellation).AsTask();
        var strings = _shared.Strings.Pin(cancellation).AsTask();
        var pins = new (Task Pin, Action Unpin)[]
        {
            (stacks, _stacks.Unpin),
            (locations, _shared.Locations.Unpin),
            (mappings, _shared.Mappings.Unpin),
            (functions, _shared.Functions.Unpin),
            (strings, _shared.Strings.Unpin),
        };
        try
        {
            await Task.WhenAll(stacks, locations, mappings, functions, strings);
        }
        catch
        {
            foreach (var (pin, unpin) in pins)
            {
                if (pin.IsCompletedSuccessfully)
                {
                    unpin();
                }
            }

            throw;
        }

        var tables = new SymbolTables(await strings, await functions, await mappings, await locations, await stacks);
        return new LoadedSymbols(tables, () => Array.ForEach(pins, static p => p.Unpin()));
    }

    /// <summary>Reads each table and adds what is wrong with it.</summary>
    internal async ValueTask Verify(FaultList faults, CancellationToken cancellation)
    {
        await Verify(_shared.Strings, faults, cancellation);
        await Verify(_shared.Mappings, faults, cancellation);
        await Verify(_shared.Functions, faults, cancellation);
        await Verify(_shared.Locations, faults, cancellation);
        await Verify(_stacks, faults, cancellation);
    }

    /// <summary>Keeps its stacks no longer.</summary>
    internal void Close() => _stacks.Close();

    private static async ValueTask Verify<T>(CachedTable<T> table, FaultList faults, CancellationToken cancellation)
        where T : class
    {
        if (await faults.Try(async () => { await table.Pin(cancellation); }))
        {
            table.Unpin();
        }
    }

    internal DamagedBlockException Unknown(ulong stackId) =>
        new(_file, -1, $"partition {Id:x16} has no stack {stackId}, only {_ids.Count} nodes");
}

/// <summary>Tables of a partition in memory, counted until disposed of.</summary>
public sealed class LoadedSymbols : IDisposable
{
    private readonly Action _letGo;
    private int _disposed;

    internal LoadedSymbols(SymbolTables tables, Action letGo)
    {
        Tables = tables;
        _letGo = letGo;
    }

    /// <summary>The tables.</summary>
    public SymbolTables Tables { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _letGo();
        }
    }
}

/// <summary>The tables of a partition that partitions of very old blocks share.</summary>
internal sealed record SharedTables(
    CachedTable<StringColumn> Strings,
    CachedTable<FunctionColumns> Functions,
    CachedTable<MappingColumns> Mappings,
    CachedTable<LocationColumns> Locations)
{
    /// <summary>The tables of a place.</summary>
    public static SharedTables Of(SymbolSource source, PartitionPlace place, SymbolCache cache) => new(
        new CachedTable<StringColumn>(cache, (memory, cancellation) => source.Strings(place, memory, cancellation)),
        new CachedTable<FunctionColumns>(cache, (memory, cancellation) => source.Functions(place, memory, cancellation)),
        new CachedTable<MappingColumns>(cache, (memory, cancellation) => source.Mappings(place, memory, cancellation)),
        new CachedTable<LocationColumns>(cache, (memory, cancellation) => source.Locations(place, memory, cancellation)));

    /// <summary>Keeps them no longer.</summary>
    public void Close()
    {
        Strings.Close();
        Functions.Close();
        Mappings.Close();
        Locations.Close();
    }
}
