using System.Buffers;
using System.Buffers.Binary;
using CsCheck;
using Pyro.Blocks;
using Pyro.Blocks.Symbols;
using Pyro.Memory;
using Pyro.Profiles.Trees;
using static Pyro.Blocks.Symbols.SymdbLayout;

namespace Pyro.Tests.Unit.Blocks.Symbols;

/// <summary>
/// Partitions whose stacks lie in several trees, as Pyroscope wrote them once: each tree has its own root and takes up as many stack ids as it may have nodes.
/// </summary>
public class SeveralTreesTests
{
    [Fact]
    public Task Stacks_of_any_tree_are_found_and_summed() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[0, 2000], Gen.Int[0, 100], Gen.Int[0, int.MaxValue]).SampleAsync(async (locations, stacks, room, seed) =>
        {
            var tables = RandomSymbols.Of(seed, locations, stacks);
            var random = new Random(seed);
            int[] used = [.. Enumerable.Range(1, tables.Stacks.Count - 1).Where(_ => random.Next(3) > 0)];
            var maxNodes = 1 + Depth(tables.Stacks) + room;
            var (trees, ids) = Split(tables.Stacks, used, maxNodes);
            using var symbols = await Written(tables, trees, (uint)maxNodes).Symbols();
            var partition = Assert.Single(symbols.Partitions);
            using var read = await partition.Load(TestContext.Current.CancellationToken);
            Assert.Equal(trees.Sum(static t => t.Count) - trees.Count + 1, partition.Counts.Stacks);

            var (wanted, got) = (ByName.Stacks(tables), ByName.Stacks(read.Tables));
            Assert.All(used.Zip(ids), pair => Assert.Equal(wanted[pair.First], got[partition.NodeOf((ulong)pair.Second)]));
            Assert.False(partition.HasStack((ulong)(trees.Count * (long)maxNodes) + 1));

            var ledger = new MemoryLedger(1 << 26);
            using var sums = new StackSums(partition, ledger);
            var slow = new long[tables.Stacks.Count];
            foreach (var (stack, id) in used.Zip(ids))
            {
                slow[stack] = random.Next(1, 100);
                sums.Add([id], [slow[stack]]);
            }

            using var tree = new NameTree();
            sums.AddTo(tree, read.Tables, TestContext.Current.CancellationToken);
            Assert.Equal(StackSumsTests.Slowly(tables, slow), StackSumsTests.Paths(tree));
        }, iter: 60);

    [Fact]
    public async Task A_tree_without_a_limit_has_any_ids()
    {
        var tables = RandomSymbols.Of(4, 50, 200);
        using var symbols = await Written(tables, [tables.Stacks], 0).Symbols();
        using var read = await symbols.Partitions[0].Load(TestContext.Current.CancellationToken);
        Assert.Equal(ByName.Stacks(tables), ByName.Stacks(read.Tables));
        Assert.Equal(200, symbols.Partitions[0].NodeOf(200));
    }

    [Fact]
    public async Task Trees_that_take_up_unlike_numbers_of_ids_are_refused()
    {
        var tables = RandomSymbols.Of(4, 50, 20);
        var files = Written(tables, [tables.Stacks, tables.Stacks], 64, 65);
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await files.Symbols());
    }

    private static int Depth(StackColumns stacks)
    {
        var depth = new int[stacks.Count];
        for (var node = 1; node < depth.Length; node++) depth[node] = depth[stacks.Parent[node]] + 1;
        return depth.Max();
    }

    // Each stack goes into the last tree, or begins another where it has no room.
    private static (List<StackColumns> Trees, List<long> Ids) Split(StackColumns stacks, int[] used, int maxNodes)
    {
        var (trees, ids) = (new List<StackColumns>(), new List<long>());
        List<int> parents = [-1], locations = [0];
        var known = new Dictionary<(int Parent, int Location), int>();
        foreach (var stack in used)
        {
            var path = new Stack<int>();
            for (var node = stack; node > 0; node = stacks.Parent[node]) path.Push(stacks.Location[node]);
            if (parents.Count + path.Count > maxNodes)
            {
                End();
                (parents, locations, known) = ([-1], [0], []);
            }

            var at = 0;
            foreach (var location in path)
            {
                if (!known.TryGetValue((at, location), out var child))
                {
                    known.Add((at, location), child = parents.Count);
                    parents.Add(at);
                    locations.Add(location);
                }

                at = child;
            }

            ids.Add((trees.Count * (long)maxNodes) + at);
        }

        End();
        return (trees, ids);

        void End() => trees.Add(new StackColumns([.. parents], [.. locations]));
    }

    private static BytesInMemory Written(SymbolTables tables, List<StackColumns> trees, params uint[] maxNodes)
    {
        var (file, index, encoder) = (new ArrayBufferWriter<byte>(), new IndexEncoder(format: 3), new BlockEncoder());
        var strings = Table(StringsHeader, tables.Strings.Count, (first, n) => encoder.Strings(tables.Strings, first, n, file));
        var mappings = Table(MappingsHeader, tables.Mappings.Count, (first, n) => encoder.Mappings(tables.Mappings, first, n, file));
        var functions = Table(FunctionsHeader, tables.Functions.Count, (first, n) => encoder.Functions(tables.Functions, first, n, file));
        var locations = Table(LocationsHeader, tables.Locations.Count, (first, n) => encoder.Locations(tables.Locations, first, n, file));
        index.Partition(9);
        index.Number((uint)trees.Count);
        for (var t = 0; t < trees.Count; t++)
        {
            var start = file.WrittenCount;
            StackTreeCodec.Encode(trees[t], file);
            var place = new TreePlace(start, file.WrittenCount - start, trees[t].Count, maxNodes[Math.Min(t, maxNodes.Length - 1)], Crc32C.Of(file.WrittenSpan[start..]));
            index.Tree(9, place, trees[t]);
        }

        index.Reference(locations, LocationsFormat);
        index.Reference(mappings, MappingsFormat);
        index.Reference(functions, FunctionsFormat);
        index.Reference(strings, StringsFormat);
        var at = file.WrittenCount;
        file.Write(index.Section());
        Span<byte> footer = stackalloc byte[FooterBytes];
        BinaryPrimitives.WriteUInt32BigEndian(footer, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(footer[4..], 3);
        BinaryPrimitives.WriteInt64BigEndian(footer[8..], at);
        BinaryPrimitives.WriteUInt32BigEndian(footer[20..], Crc32C.Of(footer[..20]));
        file.Write(footer);
        return new BytesInMemory(new Dictionary<string, byte[]> { [FileName] = file.WrittenSpan.ToArray() });

        TablePlace Table(int header, int count, Action<int, int> block)
        {
            var start = file.WrittenCount;
            for (var first = 0; first < count; first += ItemsPerBlock) block(first, Math.Min(ItemsPerBlock, count - first));
            return new TablePlace(count, start, file.WrittenCount - start, Crc32C.Of(file.WrittenSpan[start..]), ItemsPerBlock, header);
        }
    }
}
