using Pyro.Memory;
using Pyro.Profiles;
using Pyro.Profiles.Trees;

namespace Pyro.Blocks.Symbols;

/// <summary>
/// Values of one partition's rows summed by stack: a number for each node of the stack tree. Resolved to names in the end, and only
/// those that a value needs.
/// </summary>
public sealed class StackSums : IDisposable
{
    private const int CheckEvery = 1 << 16;

    // A node of a name tree with its slot and name.
    private const long NodeBytes = 48;

    private readonly PartitionSymbols _partition;
    private readonly Reservation _memory;
    private readonly Rented<long> _sums;

    /// <summary>Starts with zeros.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="ledger">Where the memory is counted, as accumulators.</param>
    /// <exception cref="MemoryBudgetException">There is no room.</exception>
    public StackSums(PartitionSymbols partition, MemoryLedger ledger)
    {
        _partition = partition;
        _memory = new Reservation(ledger, MemoryKind.Accumulators);
        _memory.Take(sizeof(long) * (long)partition.Counts.Stacks);
        _sums = new Rented<long>(partition.Counts.Stacks, zeros: true);
    }

    /// <summary>The partition.</summary>
    public PartitionSymbols Partition => _partition;

    /// <summary>The sum of each node of the stack tree; of node 0, the empty stack, whatever rows said.</summary>
    public ReadOnlySpan<long> Sums => _sums.Span;

    /// <summary>Adds samples.</summary>
    /// <param name="stackIds">Stacks as rows name them.</param>
    /// <param name="values">As many values.</param>
    /// <exception cref="DamagedBlockException">There is no such stack.</exception>
    public void Add(ReadOnlySpan<long> stackIds, ReadOnlySpan<long> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, stackIds.Length);
        var sums = _sums.Span;
        if (!_partition.IdsAreNodes)
        {
            for (var i = 0; i < stackIds.Length; i++)
            {
                sums[_partition.NodeOf((ulong)stackIds[i])] += values[i];
            }

            return;
        }

        for (var i = 0; i < stackIds.Length; i++)
        {
            var id = (ulong)stackIds[i];
            if (id >= (ulong)sums.Length)
            {
                throw _partition.Unknown(id);
            }

            sums[(int)id] += values[i];
        }
    }

    /// <summary>
    /// Adds the sums to a tree by function names, as a head does: inlined lines from the outermost in, a location without lines by its
    /// address, stacks without any named frame not at all.
    /// </summary>
    /// <param name="into">The tree.</param>
    /// <param name="symbols">The partition's tables.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    /// <exception cref="MemoryBudgetException">There is no room to work in.</exception>
    public void AddTo(NameTree into, SymbolTables symbols, CancellationToken cancellation)
    {
        var sums = _sums.Span;
        var parents = symbols.Stacks.Parent.AsSpan(0, sums.Length);
        var locations = symbols.Locations.Count;
        _memory.Take((sizeof(int) * ((long)sums.Length + symbols.Strings.Count + locations)) + sums.Length);
        var count = 0;
        using var rentedUsed = new Rented<bool>(sums.Length, zeros: true);
        using var rentedNodes = new Rented<int>(sums.Length);
        using var rentedNames = new Rented<int>(symbols.Strings.Count, zeros: true);
        using var rentedOnly = new Rented<int>(locations, zeros: true);
        var used = rentedUsed.Span;
        var nodes = rentedNodes.Span;
        for (var i = sums.Length - 1; i > 0; i--)
        {
            if (sums[i] != 0 || used[i])
            {
                used[i] = used[parents[i]] = true;
                count++;
            }
        }

        _memory.Take(NodeBytes * count);
        into.Reserve(count);

        var frames = new Frames(into, symbols, rentedNames.Span, rentedOnly.Span);
        nodes[0] = 0;
        for (var i = 1; i < sums.Length; i++)
        {
            if (i % CheckEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (!used[i])
            {
                continue;
            }

            var node = frames.Under(nodes[parents[i]], symbols.Stacks.Location[i]);
            nodes[i] = node;
            if (node != 0)
            {
                into.Self[node] += sums[i];
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sums.Dispose();
        _memory.Dispose();
    }

    /// <summary>Frames of locations as nodes of a tree by names.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="symbols">The tables.</param>
    /// <param name="names">By text, one more than its name in the tree; 0: not yet asked for.</param>
    /// <param name="only">By location, one more than the name of its only frame; 0: not yet asked for, or it has several or none.</param>
    private readonly ref struct Frames(NameTree tree, SymbolTables symbols, Span<int> names, Span<int> only)
    {
        private readonly Span<int> _names = names, _only = only;
        private readonly LocationColumns _locations = symbols.Locations;

        /// <summary>The node of a location below another node; that very node when the location has no name.</summary>
        public int Under(int node, int location)
        {
            var name = _only[location];
            return name > 0 ? tree.Child(node, name - 1) : UnderLines(node, location);
        }

        private int UnderLines(int node, int location)
        {
            var (first, end) = (_locations.LineStart[location], _locations.LineStart[location + 1]);
            if (first == end && _locations.Address[location] == 0)
            {
                return node;
            }

            if (end - first <= 1)
            {
                var name = first == end ? tree.Intern(symbols.AddressName(location)) : Name(first);
                _only[location] = name + 1;
                return tree.Child(node, name);
            }

            for (var line = end - 1; line >= first; line--)
            {
                node = tree.Child(node, Name(line));
            }

            return node;
        }

        private int Name(int line)
        {
            var text = symbols.Functions.Name[_locations.LineFunction[line]];
            ref var known = ref _names[text];
            if (known == 0)
            {
                known = tree.Intern(symbols.Strings[text]) + 1;
            }

            return known - 1;
        }
    }
}
