using Pyro.Blocks.Files;

namespace Pyro.Blocks.Symbols;

/// <summary>Reads the tables of partitions, whichever format they have; what it gives is whole and all references in it are in range.</summary>
/// <param name="stacks">The file of stack trees.</param>
internal abstract class SymbolSource(IBlockFile stacks) : IDisposable
{
    /// <summary>The file of stack trees; in format 3 it holds everything.</summary>
    protected IBlockFile File => stacks;

    /// <summary>Decodes the stack trees of a partition into one: nodes of later trees follow, all roots are one.</summary>
    public async ValueTask<StackColumns> Stacks(PartitionPlace place, TableMemory memory, CancellationToken cancellation)
    {
        var count = StackIds.Nodes(place.Trees);
        var (parents, locations) = (memory.Array<int>(count, sizeof(int)), memory.Array<int>(count, sizeof(int)));
        (parents[0], locations[0]) = (-1, 0);
        var start = 0;
        foreach (var tree in place.Trees)
        {
            if (tree.Nodes == 0)
            {
                continue;
            }

            using var bytes = await TableBytes.Read(stacks, tree.Offset, tree.Size, tree.Checksum, "a stack tree", memory, cancellation);
            var own = parents.AsSpan(start, tree.Nodes);
            var (rootLocation, rootParent) = (locations[start], parents[start]);
            StackTreeCodec.Decode(bytes.Span, own, locations.AsSpan(start, tree.Nodes), place.Locations.Count, bytes.Region);
            if (start > 0)
            {
                (locations[start], parents[start]) = (rootLocation, rootParent);
                for (var node = 1; node < own.Length; node++)
                {
                    own[node] += own[node] == 0 ? 0 : start;
                }
            }

            start += tree.Nodes - 1;
        }

        return new StackColumns(parents, locations);
    }

    /// <summary>Strings of a partition.</summary>
    public abstract ValueTask<StringColumn> Strings(PartitionPlace place, TableMemory memory, CancellationToken cancellation);

    /// <summary>Functions of a partition.</summary>
    public abstract ValueTask<FunctionColumns> Functions(PartitionPlace place, TableMemory memory, CancellationToken cancellation);

    /// <summary>Mappings of a partition.</summary>
    public abstract ValueTask<MappingColumns> Mappings(PartitionPlace place, TableMemory memory, CancellationToken cancellation);

    /// <summary>Locations of a partition.</summary>
    public abstract ValueTask<LocationColumns> Locations(PartitionPlace place, TableMemory memory, CancellationToken cancellation);

    /// <inheritdoc/>
    public virtual void Dispose() => stacks.Dispose();
}
