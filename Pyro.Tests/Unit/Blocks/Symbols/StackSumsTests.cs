using System.Text;
using CsCheck;
using Pyro.Blocks;
using Pyro.Blocks.Symbols;
using Pyro.Memory;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Blocks.Symbols;

public class StackSumsTests
{
    [Fact]
    public Task Sums_become_the_tree_of_their_names() => RandomSymbols.Tables.SampleAsync(async tables =>
    {
        var (files, _) = await BytesInMemory.Write(3, (1, tables));
        using var symbols = await files.Symbols();
        var partition = symbols.Partitions[0];
        using var loaded = await partition.Load(TestContext.Current.CancellationToken);
        var ledger = new MemoryLedger(1 << 26);
        using (var sums = new StackSums(partition, ledger))
        {
            var random = new Random(tables.Stacks.Count);
            long[] ids = [.. Enumerable.Range(0, 50).Select(_ => (long)random.Next(tables.Stacks.Count))];
            sums.Add(ids, [.. ids.Select(i => i + 1)]);
            using var tree = new NameTree();
            sums.AddTo(tree, loaded.Tables, TestContext.Current.CancellationToken);
            Assert.Equal(Slowly(tables, sums.Sums), Paths(tree));
        }

        Assert.Equal(0, ledger.Used);
    }, iter: 30);

    [Fact]
    public async Task A_stack_that_is_not_there_is_named()
    {
        var (files, _) = await BytesInMemory.Write(3, (0xabc, RandomSymbols.Of(1, 5, 5)));
        using var symbols = await files.Symbols();
        using var sums = new StackSums(symbols.Partitions[0], new MemoryLedger(1 << 20));
        var error = Assert.Throws<DamagedBlockException>(() => sums.Add([6], [1]));
        Assert.Contains("0000000000000abc has no stack 6", error.Message, StringComparison.Ordinal);
        Assert.Throws<DamagedBlockException>(() => sums.Add([-1], [1]));
    }

    [Fact]
    public async Task Sums_beyond_the_budget_are_refused()
    {
        var (files, _) = await BytesInMemory.Write(3, (1, RandomSymbols.Of(1, 100, 1000)));
        using var symbols = await files.Symbols();
        var ledger = new MemoryLedger(4000);
        Assert.Throws<MemoryBudgetException>(() => new StackSums(symbols.Partitions[0], ledger));
        Assert.Equal(0, ledger.Used);
    }

    [Fact]
    public void Ids_of_several_trees_are_nodes_of_one()
    {
        TreePlace[] trees = [new(0, 9, 4, 7, 0), new(9, 9, 7, 7, 0), new(18, 9, 2, 7, 0)];
        var ids = new StackIds(trees);
        Assert.Equal(1 + 3 + 6 + 1, ids.Count);
        Assert.False(ids.AreNodes);
        Assert.Equal([0, 1, 2, 3, -1], new ulong[] { 0, 1, 2, 3, 4 }.Select(ids.NodeOf));
        Assert.Equal([0, 4, 9, 0, 10, -1], new ulong[] { 7, 8, 13, 14, 15, 16 }.Select(ids.NodeOf));
        Assert.Equal(-1, ids.NodeOf(21));
        Assert.Equal(-1, ids.NodeOf(ulong.MaxValue));
    }

    /// <summary>The value of each path of names, by walking every stack on its own.</summary>
    internal static SortedDictionary<string, long> Slowly(SymbolTables tables, ReadOnlySpan<long> sums)
    {
        var paths = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var node = 1; node < sums.Length; node++)
        {
            var path = string.Join('\n', ByName.Frames(tables, node));
            if (sums[node] != 0 && path.Length + ByName.Frames(tables, node).Count > 0)
            {
                paths[path] = paths.GetValueOrDefault(path) + sums[node];
            }
        }

        return paths;
    }

    /// <summary>The own value of each path of a tree that has any.</summary>
    internal static SortedDictionary<string, long> Paths(NameTree tree)
    {
        var paths = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var node = 0; node < tree.NodeCount; node++)
        {
            if (tree.Self[node] == 0)
            {
                continue;
            }

            var names = new List<string>();
            for (var at = node; at > 0; at = tree.Parent[at])
            {
                names.Add(Encoding.UTF8.GetString(tree.NameBytes(tree.Name[at])));
            }

            names.Reverse();
            paths.Add(string.Join('\n', names), tree.Self[node]);
        }

        return paths;
    }
}
