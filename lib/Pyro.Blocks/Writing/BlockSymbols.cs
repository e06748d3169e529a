using Pyro.Blocks.Symbols;

namespace Pyro.Blocks.Writing;

/// <summary>The partitions of a block while its rows are written: each takes the stacks that rows use, in the order in which they do.</summary>
internal sealed class BlockSymbols
{
    private readonly SortedDictionary<ulong, PartitionBuilder> _partitions = [];
    private readonly Dictionary<(ulong Partition, SymbolTables Symbols), PartitionSource> _sources = new(ByIdentity.Instance);
    private (ulong Partition, SymbolTables? Symbols) _last;
    private PartitionSource _lastSource = null!;

    /// <summary>What takes the stacks of these tables into a partition.</summary>
    public PartitionSource From(ulong partition, SymbolTables symbols)
    {
        if (_last.Partition == partition && ReferenceEquals(_last.Symbols, symbols))
        {
            return _lastSource;
        }

        if (!_sources.TryGetValue((partition, symbols), out var source))
        {
            if (!_partitions.TryGetValue(partition, out var builder))
            {
                _partitions.Add(partition, builder = new PartitionBuilder());
            }

            _sources.Add((partition, symbols), source = builder.From(symbols));
        }

        _last = (partition, symbols);
        return _lastSource = source;
    }

    /// <summary>Writes the partitions, and lets go of each once it is written.</summary>
    public async ValueTask Write(SymbolsWriter writer, CancellationToken cancellation)
    {
        _sources.Clear();
        (_last, _lastSource) = (default, null!);
        foreach (var id in _partitions.Keys.ToArray())
        {
            await writer.Add(id, _partitions[id].Build(), cancellation);
            _partitions[id] = null!;
        }
    }

    // The tables are records, which would be compared by what is in them.
    private sealed class ByIdentity : IEqualityComparer<(ulong Partition, SymbolTables Symbols)>
    {
        public static ByIdentity Instance { get; } = new();

        public bool Equals((ulong Partition, SymbolTables Symbols) x, (ulong Partition, SymbolTables Symbols) y) =>
            x.Partition == y.Partition && ReferenceEquals(x.Symbols, y.Symbols);

        public int GetHashCode((ulong Partition, SymbolTables Symbols) obj) =>
            HashCode.Combine(obj.Partition, System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(obj.Symbols));
    }
}
