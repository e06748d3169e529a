using Pyro.Blocks.Symbols;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Blocks.Symbols;

/// <summary>The symbols of the blocks that Pyroscope wrote.</summary>
public class CorpusSymbolsTests
{
    public static TheoryData<string> Blocks { get; } = [.. Folders()];

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task Every_stack_is_resolved_and_written_again_smaller(string block)
    {
        if (Repository.Corpus is null) return;
        var files = BytesInMemory.Of(Path.Combine(Repository.Corpus, block));
        using var symbols = await files.Symbols();
        var (before, rebuilt) = (new List<SymbolTables>(), new List<(ulong, SymbolTables)>());
        foreach (var partition in symbols.Partitions)
        {
            using var loaded = await partition.Load(TestContext.Current.CancellationToken);
            var tables = loaded.Tables;
            before.Add(tables);
            var (made, ids) = RandomSymbols.Rebuilt(tables);
            rebuilt.Add((partition.Id, made));
            var after = ByName.Stacks(made);
            Assert.Equal(ByName.Stacks(tables), ids.Select(id => after[id]));
            CheckTree(partition, tables);
        }

        Assert.NotEmpty(before);
        var theirs = files.Listed.Where(f => IsSymbols(f.RelPath)).Sum(f => f.Bytes);
        foreach (var format in new[] { 3, 2 })
        {
            var (again, written) = await BytesInMemory.Write(format, [.. rebuilt]);
            var ours = written.Sum(f => f.Bytes);
            TestContext.Current.TestOutputHelper?.WriteLine($"{block}: format {format} {ours} of {theirs} bytes, {(double)ours / theirs:0.000}");
            Assert.True(format == 2 || ours <= theirs, $"{ours} bytes instead of {theirs}");
            using var reread = await again.Symbols();
            foreach (var (partition, tables) in reread.Partitions.Zip(rebuilt.Select(r => r.Item2)))
            {
                using var loaded = await partition.Load(TestContext.Current.CancellationToken);
                Assert.Equal(ByName.Stacks(tables), ByName.Stacks(loaded.Tables));
            }
        }
    }

    // Folders that hold symbols of any format, from the corpus on.
    private static IEnumerable<string> Folders() => Repository.Corpus is not { } corpus
        ? [""]
        : Directory.EnumerateFiles(Path.Combine(corpus, "blocks"), "*.symdb", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) is "symbols.symdb" or "index.symdb")
            .Select(f => Path.GetRelativePath(corpus, Path.GetFileName(f) == "symbols.symdb" ? Path.GetDirectoryName(f)! : Path.Combine(f, "..", "..")))
            .Order(StringComparer.Ordinal);

    private static bool IsSymbols(string path) =>
        path.EndsWith(".symdb", StringComparison.Ordinal)
        || Path.GetFileName(path) is "strings.parquet" or "functions.parquet" or "mappings.parquet" or "locations.parquet";

    // Every stack once, resolved the fast way and the slow way.
    private static void CheckTree(PartitionSymbols partition, SymbolTables tables)
    {
        using var sums = new StackSums(partition, new Pyro.Memory.MemoryLedger(1 << 26));
        Assert.Equal(tables.Stacks.Count, partition.Counts.Stacks);
        Assert.True(partition.IdsAreNodes);
        long[] ids = [.. Enumerable.Range(0, tables.Stacks.Count).Select(i => (long)i)];
        sums.Add(ids, [.. ids.Select(i => i + 1)]);
        using var tree = new NameTree();
        sums.AddTo(tree, tables, TestContext.Current.CancellationToken);
        Assert.Equal(StackSumsTests.Slowly(tables, sums.Sums), StackSumsTests.Paths(tree));
    }
}
