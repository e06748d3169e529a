using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Writing;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.Profiles.Labels;

namespace Pyro.Tests.Unit.Blocks.Writing;

/// <summary>Rows of very many samples: how they are ordered, and that what is held of them is bounded.</summary>
public sealed class LargeRowTests
{
    private const string Folder = "/block";
    private static readonly Ulid Name = Ulid.NewUlid(DateTimeOffset.UnixEpoch);

    // One digit of a stack id, two, three; and few enough to be compared.
    [Theory]
    [InlineData(40, 30)]
    [InlineData(200, 5_000)]
    [InlineData(40_000, 9_000)]
    [InlineData(70_000, 70_000)]
    public async Task Samples_are_ascending_by_stack_and_equal_stacks_keep_their_order(int distinct, int samples)
    {
        var random = new Random(distinct);
        var symbols = Symbols(distinct);
        // The first row names every stack once, so that the block's numbers are known; the others come as they like.
        var rows = new List<int[]> { Enumerable.Range(1, distinct).ToArray() };
        for (var i = 0; i < 3; i++)
        {
            rows.Add([.. Enumerable.Range(0, samples).Select(_ => random.Next(1, distinct + 1))]);
        }

        var source = new ChosenRows(symbols, rows, static (_, i) => i + 1);
        var (disk, meta) = await Written(source);
        var found = await Samples(disk, meta);
        Assert.Equal(rows.Count, found.Count);
        for (var r = 0; r < rows.Count; r++)
        {
            var expected = rows[r].Select(static (stack, i) => (Stack: (long)stack, Value: i + 1L)).OrderBy(static s => s.Stack).ToList();
            var first = found[0][0].Stack;
            Assert.Equal(expected, found[r].Select(s => (s.Stack - first + 1, s.Value)));
        }
    }

    [Fact]
    public async Task A_row_group_ends_when_much_of_it_is_held_and_meta_tells_how_many_there_are()
    {
        // 128 rows of values that do not pack are 46 MiB, 64 of them not enough.
        var random = new Random(1);
        var rows = Enumerable.Repeat(Enumerable.Repeat(1, 70_000).ToArray(), 129).ToList();
        var (disk, meta) = await Written(new ChosenRows(Symbols(1), rows, (_, _) => random.NextInt64(long.MaxValue >> 20)));
        using var lease = Open(disk, meta).TryLease()!;
        var file = await lease.Profiles(default);
        Assert.Equal([128L, 1L], file.Metadata.Groups.Select(static g => (long)g.RowCount));
        Assert.Equal(2, meta.File(BlockPaths.Profiles)!.Parquet!.Value.RowGroups);
    }

    // Each stack is one location, each location an address.
    private static SymbolTables Symbols(int stacks)
    {
        var addresses = Enumerable.Range(0, stacks + 1).Select(static i => (ulong)i).ToArray();
        return new SymbolTables(
            new StringColumn([], [0, 0]),
            new FunctionColumns([], [], [], []),
            new MappingColumns([], [], [], [], [], []),
            new LocationColumns(addresses, new int[stacks + 1], new bool[stacks + 1], new int[stacks + 2], [], []),
            new StackColumns([-1, .. Enumerable.Repeat(0, stacks)], [.. Enumerable.Range(0, stacks + 1)]));
    }

    private static async Task<(ForgettingDisk Disk, BlockMeta Meta)> Written(IRowSource source)
    {
        var named = new BlockMeta { Id = Name, MinTime = 0, MaxTime = 0, Compaction = new BlockCompaction { Level = 1, Sources = [Name] } };
        var disk = new ForgettingDisk(1);
        return (disk, (await new BlockWriter(disk, Folder).Write(named, source, default))!);
    }

    private static Block Open(ForgettingDisk disk, BlockMeta meta) =>
        new("t", meta, new DiskBlockFiles(disk, Folder, "b"), new BlockReading(new SymbolCache(1 << 26, new MemoryLedger(1L << 30))));

    private static async Task<List<(long Stack, long Value)[]>> Samples(ForgettingDisk disk, BlockMeta meta)
    {
        using var lease = Open(disk, meta).TryLease()!;
        var file = await lease.Profiles(default);
        var rows = new List<(long Stack, long Value)[]>();
        await using var scan = file.Scan(
            RowRanges.All(file.RowCount), 1 << 24, file.Column("Samples.list.element.StacktraceID"), file.Column("Samples.list.element.Value"));
        while (await scan.Next(default))
        {
            for (var i = 0; i < scan.Count; i++)
            {
                var (first, end) = (i == 0 ? 0 : scan[0].RowEnds[i - 1], scan[0].RowEnds[i]);
                rows.Add([.. Enumerable.Range(first, end - first).Select(s => (scan[0].Numbers[s], scan[1].Numbers[s]))]);
            }
        }

        return rows;
    }

    /// <summary>One series of rows whose stacks are given.</summary>
    private sealed class ChosenRows(SymbolTables symbols, List<int[]> rows, Func<int, int, long> valueOf) : IRowSource
    {
        private int _series, _row = -1;

        public LabelSet Labels { get; } = LabelSet.From([new("a", "b")]);

        public ulong Fingerprint => Labels.Fingerprint;

        public SourceRow Row => new()
        {
            TimeNanos = _row,
            Symbols = symbols,
            Stacks = rows[_row],
            Values = rows[_row].Select((_, i) => valueOf(_row, i)).ToArray(),
        };

        public ValueTask<bool> NextSeries(CancellationToken cancellation) => ValueTask.FromResult(_series++ == 0);

        public ValueTask<bool> NextRow(CancellationToken cancellation) => ValueTask.FromResult(++_row < rows.Count);
    }
}
