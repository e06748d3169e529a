using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Memory;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Blocks.Reading;

/// <summary>What an open block holds, and what questions to blocks take, is counted, and stays within the budget.</summary>
public sealed class BlockMemoryTests
{
    private static readonly SumRequest ByPod = new() { Points = new PointsForm { Start = 0, Step = 1 << 30, End = 1 << 30, GroupBy = { "pod" } } };

    [Fact]
    public async Task Opening_a_block_costs_as_much_for_a_hundred_thousand_series_as_for_a_hundred()
    {
        var (few, many) = (await Open(await Made(series: 100)), await Open(await Made(series: 100_000)));
        Assert.InRange(many.Allocated, 1, 1 << 20);
        Assert.Equal(0, many.Counted);
        Assert.InRange(many.Read, 1, few.Read + (64 << 10));
        Assert.Equal(few.Reads, many.Reads);

        static async Task<(long Allocated, long Counted, long Read, long Reads)> Open((BlockMeta Meta, IBlockFiles Files) made)
        {
            var ledger = new MemoryLedger(1 << 28);
            var files = new WatchedFiles(made.Files, static () => { });
            using var lease = MadeBlock.Opened((made.Meta, files), ledger).TryLease()!;
            var before = GC.GetAllocatedBytesForCurrentThread();
            var index = lease.Index(default);
            var profiles = lease.Profiles(default);
            var symbols = lease.Symbols(default);
            // Nothing of it waits, so that all of it was done by this thread.
            Assert.True(index.IsCompleted && profiles.IsCompleted && symbols.IsCompleted);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            await index;
            await profiles;
            await symbols;
            return (allocated, ledger.Used, files.Bytes, files.Reads);
        }
    }

    [Fact]
    public async Task What_is_kept_of_an_index_is_counted_until_the_block_rests()
    {
        var ledger = new MemoryLedger(1 << 28);
        var block = MadeBlock.Opened(await Made(series: 20_000), ledger);
        using (var lease = block.TryLease()!)
        {
            var index = await lease.Index(default);
            await index.Select([new LabelMatcher(MatchOp.Equal, "pod", "p00007")], default);
            Assert.InRange(index.HeldBytes, 10_000, 1 << 20);
            Assert.Equal(index.HeldBytes, ledger.UsedFor(MemoryKind.Caches));
            await index.LabelValues("pod", await index.ReadAll(default), static _ => { }, default);
            Assert.Equal(index.HeldBytes, ledger.UsedFor(MemoryKind.Caches));
        }

        Assert.True(block.TryRest(TimeSpan.Zero));
        Assert.Equal(0, ledger.Used);
    }

    [Fact]
    public async Task Questions_to_a_hundred_blocks_never_take_more_than_the_budget()
    {
        const int Series = 4_000, Blocks = 100;
        var (meta, files) = await Made(Series);

        // One scan and the series and rows of one block fit, those of a second do not.
        var ledger = new MemoryLedger(ProfileBudget + (2 << 20));
        long most = 0;
        var watched = new WatchedFiles(files, () => most = Math.Max(most, ledger.Used));
        using var reading = new BlockReading(new SymbolCache(1 << 18, ledger));
        var blocks = Enumerable.Range(0, Blocks).Select(i => new Block(
            "tenant", meta with { Id = Ulid.NewUlid(), MinTime = 1_000 * i, MaxTime = (1_000 * i) + 999 }, watched, reading)).ToList();
        var answers = new BlockAnswers([.. blocks.Select(static b => b.TryLease()!)], "me", ledger);
        var whole = new SumRequest { Tree = new TreeForm(), Selection = Only("service_name", "s") };
        var tree = Profiles.Trees.TreeCodec.Decode(new((await answers.Sum(whole, default).ToListAsync()).SelectMany(static p => p.Tree.ToByteArray()).ToArray()));
        Assert.Equal((long)Series * Blocks, tree.Totals()[0]);
        Assert.Equal(0, ledger.UsedFor(MemoryKind.Accumulators));
        var described = await answers.Describe(new DescribeRequest { Selection = Only("service_name", "s") }, default).ToListAsync();
        Assert.Equal((long)Series * Blocks, described.Sum(static part => part.Series?.Rows.Sum(static rows => (long)rows) ?? 0));
        Assert.Equal(0, ledger.UsedFor(MemoryKind.Accumulators));
        Assert.InRange(most, ProfileBudget, ledger.Budget);
        Assert.Equal(Blocks, reading.Open);
        foreach (var block in blocks)
        {
            block.Retire();
        }
    }

    [Theory]
    [InlineData("series")]
    [InlineData("describe")]
    [InlineData("tree")]
    [InlineData("points")]
    public async Task A_question_for_more_series_than_there_is_memory_is_refused_and_leaves_nothing_counted(string question)
    {
        // The scan fits, where there is one, and the series do not.
        var ledger = new MemoryLedger(question == "series" ? 1 << 20 : ProfileBudget + (256 << 10));
        var block = MadeBlock.Opened(await Made(series: 20_000), ledger);
        using var lease = block.TryLease()!;
        var answers = new BlockAnswers([lease], "me", ledger);
        var selection = Only("service_name", "s");
        var refused = await Assert.ThrowsAsync<RpcException>(async () => _ = question switch
        {
            "series" => (object)await answers.Labels(new LabelsRequest { Kind = LabelsRequest.Types.Kind.Series, Selection = selection }, default),
            "describe" => await answers.Describe(new DescribeRequest { Selection = selection }, default).ToListAsync(),
            "tree" => await answers.Sum(new SumRequest { Tree = new TreeForm(), Selection = selection }, default).ToListAsync(),
            _ => await answers.Sum(ByPod, default).ToListAsync(),
        });
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(0, ledger.UsedFor(MemoryKind.Accumulators));
        Assert.Null(block.Fault);

        // What is asked of few series is answered.
        Assert.Single((await answers.Labels(new LabelsRequest { Kind = LabelsRequest.Types.Kind.Series, Selection = Only("pod", "p00007") }, default)).Series);
        lease.Dispose();
        block.Retire();
        Assert.Equal(0, ledger.Used);
    }

    // What one scan takes.
    private const long ProfileBudget = 8 << 20;

    private static Selection Only(string name, string value) =>
        new() { Selectors = { new Api.Peers.Selector { Matchers = { new Matcher { Name = name, Value = value } } } } };

    // A row of each series.
    private static async Task<(BlockMeta Meta, IBlockFiles Files)> Made(int series)
    {
        using var made = new MadeBlock(Ulid.NewUlid());
        var source = made.Partition(9).From(MadeBlock.Functions(["main"], static _ => 0));
        long[] stacks = [source.Stack(1)], values = [1];
        for (var i = 0; i < series; i++)
        {
            made.Series(LabelSet.From([new Label("pod", $"p{i:00000}"), new Label("service_name", "s")]), 500_000_000, 500_000_000);
            await made.Row(9, 500_000_000, new ProfileId((ulong)i, 1), stacks, values);
        }

        return await made.Finish();
    }

    /// <summary>Files that count what is read of them and call when something is.</summary>
    private sealed class WatchedFiles(IBlockFiles files, Action onRead) : IBlockFiles
    {
        private readonly Lock _gate = new();

        public long Bytes { get; private set; }

        public long Reads { get; private set; }

        public async ValueTask<IBlockFile> Open(string relPath, long length, CancellationToken cancellation) =>
            new Watched(await files.Open(relPath, length, cancellation), this);

        private void Read(int bytes)
        {
            lock (_gate)
            {
                Bytes += bytes;
                Reads++;
                onRead();
            }
        }

        private sealed class Watched(IBlockFile file, WatchedFiles owner) : IBlockFile
        {
            public string Name => file.Name;

            public long Length => file.Length;

            public ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
            {
                owner.Read(into.Length);
                return file.Read(offset, into, cancellation);
            }

            public void Dispose() => file.Dispose();
        }
    }
}
