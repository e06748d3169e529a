using System.Buffers.Binary;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Pyro.Api.Peers;
using Pyro.Blocks;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;
using Pyro.Tests.Simulation.Life;
using Pyro.Tests.Unit.Blocks.Index;

namespace Pyro.Tests.Unit.Blocks.Reading;

/// <summary>A block's life while it is read: leases, damage, removal, memory, and how much of it is read.</summary>
public sealed class BlockTests
{
    private readonly MemoryLedger _ledger = new(256 << 20);

    [Fact]
    public async Task A_retired_block_is_read_to_the_end_and_then_removed()
    {
        var block = MadeBlock.Opened(await Small(), _ledger);
        var removed = 0;
        var lease = block.TryLease()!;
        block.Retire(() => removed++);
        Assert.Null(block.TryLease());
        Assert.NotEmpty(await Sum(lease));
        Assert.Equal(0, removed);
        lease.Dispose();
        lease.Dispose();
        Assert.Equal(1, removed);
        Assert.Equal(0, _ledger.Used);
    }

    [Fact]
    public async Task A_block_at_rest_opens_again()
    {
        var block = MadeBlock.Opened(await Small(), _ledger);
        for (var i = 0; i < 2; i++)
        {
            using var lease = block.TryLease()!;
            Assert.NotEmpty(await Sum(lease));
            Assert.False(block.TryRest(TimeSpan.Zero));
            lease.Dispose();
            Assert.True(block.TryRest(TimeSpan.Zero));
            Assert.Equal(0, _ledger.Used);
        }
    }

    [Fact]
    public async Task A_block_that_goes_to_rest_while_it_is_retired_is_closed_once()
    {
        var (meta, files) = await Small();
        using var reading = new BlockReading(new SymbolCache(1 << 20, _ledger));
        Block? block = null;
        block = new Block("tenant", meta, new ToldFiles(files, () => block!.TryRest(TimeSpan.Zero)), reading);
        using (var lease = block.TryLease()!)
        {
            Assert.NotEmpty(await Sum(lease));
        }

        Assert.Equal(1, reading.Open);
        block.Retire();
        Assert.Equal(0, reading.Open);
    }

    [Fact]
    public async Task A_block_that_was_read_just_now_is_not_closed()
    {
        var time = new FakeTimeProvider();
        var (meta, files) = await Small();
        using var reading = new BlockReading(new SymbolCache(1 << 20, _ledger)) { Time = time };
        var block = new Block("tenant", meta, files, reading);
        using (var lease = block.TryLease()!)
        {
            time.Advance(TimeSpan.FromHours(1));
            Assert.NotEmpty(await Sum(lease));
        }

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(block.TryRest(TimeSpan.FromMinutes(2)));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(block.TryRest(TimeSpan.FromMinutes(2)));
        Assert.Equal(0, reading.Open);
    }

    [Fact]
    public async Task How_long_a_damaged_block_is_left_alone_does_not_hang_on_the_clock_of_the_day()
    {
        var time = new FakeTimeProvider();
        var clock = new JumpingTime(time);
        var (meta, files) = await Small();
        using var reading = new BlockReading(new SymbolCache(1 << 20, _ledger)) { Time = clock };
        var block = new Block("tenant", meta, new ChangedFiles(files) { Change = ("symbols.symdb", 60) }, reading);
        using (var lease = block.TryLease()!)
        {
            await Assert.ThrowsAsync<RpcException>(() => Sum(lease));
            await Assert.ThrowsAsync<RpcException>(() => Sum(lease));
        }

        Assert.NotNull(block.Fault);
        clock.Error = TimeSpan.FromDays(365);
        block.TryLease()!.Dispose();
        Assert.NotNull(block.Fault);
        time.Advance(TimeSpan.FromMinutes(1));
        block.TryLease()!.Dispose();
        Assert.Null(block.Fault);
    }

    [Fact]
    public async Task Whose_rows_they_are_is_not_taken_from_a_name_that_was_damaged()
    {
        var (meta, files) = await Small();
        using var file = await files.Open("profiles.parquet", meta.File("profiles.parquet")!.Bytes, default);
        var bytes = new byte[file.Length];
        await file.Read(0, bytes, default);
        var changed = new ChangedFiles(files) { Change = ("profiles.parquet", bytes.AsSpan().LastIndexOf("pyro"u8) + 1) };
        using var lease = MadeBlock.Opened((meta, changed), _ledger).TryLease()!;
        var described = await new BlockAnswers([lease], "me", _ledger).Describe(new DescribeRequest(), default).ToListAsync();
        Assert.Contains("it was created by piro", described[^1].Holding.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_block_is_quarantined_and_says_why()
    {
        var (meta, files) = await Small();
        var told = new List<(string, Ulid)>();
        using var reading = new BlockReading(new SymbolCache(1 << 20, _ledger)) { OnQuarantine = (tenant, block, _) => told.Add((tenant, block)) };
        var block = new Block("tenant", meta, new ChangedFiles(files) { Change = ("symbols.symdb", 60) }, reading);
        var answers = new BlockAnswers([block.TryLease()!], "me", _ledger);
        for (var i = 0; i < 2; i++)
        {
            var failed = await Assert.ThrowsAsync<RpcException>(async () => await answers.Sum(new SumRequest { Tree = new TreeForm() }, default).ToListAsync());
            Assert.Equal(StatusCode.DataLoss, failed.StatusCode);
            Assert.Contains("symbols.symdb", failed.Status.Detail);
        }

        Assert.Equal(("tenant", meta.Id), Assert.Single(told));
        var described = await answers.Describe(new DescribeRequest(), default).ToListAsync();
        Assert.Contains("symbols.symdb", Assert.Single(described).Holding.Fault);
        var labels = await answers.Labels(new LabelsRequest(), default);
        Assert.Equal(WireIds.Bytes(meta.Id), Assert.Single(labels.Damaged));
    }

    [Theory]
    [InlineData(true, false, StatusCode.DataLoss)]
    [InlineData(false, false, StatusCode.NotFound)]
    [InlineData(false, true, StatusCode.DataLoss)]
    public async Task A_missing_file_is_damage_while_meta_json_is_there_or_when_nobody_else_removes_blocks(bool withMeta, bool isOwn, StatusCode code)
    {
        var (meta, _) = await Small();
        var store = new MemoryStore(TimeProvider.System);
        if (withMeta)
        {
            await store.Put($"t/{meta.Id}/meta.json", ObjectBody.Of(meta.Write()), PutMode.Replace, default);
        }

        using var reading = new BlockReading(new SymbolCache(1 << 20, _ledger));
        var block = new Block("tenant", meta, new StoreBlockFiles(store, $"t/{meta.Id}/"), reading) { IsOwn = isOwn };
        using var lease = block.TryLease()!;
        Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(() => Sum(lease))).StatusCode);
        Assert.Equal((code == StatusCode.DataLoss, code == StatusCode.NotFound), (block.Fault is not null, block.IsGone));

        // Those who plan see it, and take the block from somebody else.
        var described = await new BlockAnswers([lease], "me", _ledger).Describe(new DescribeRequest { HoldingsOnly = true }, default).ToListAsync();
        Assert.Equal(code == StatusCode.DataLoss, Assert.Single(described).Holding.Fault.Contains("is not there", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_block_of_an_old_version_is_refused_by_its_version()
    {
        var (meta, files) = await Small();
        using var lease = MadeBlock.Opened((meta with { Version = 2 }, files), _ledger).TryLease()!;
        var refused = await Assert.ThrowsAsync<RpcException>(() => Sum(lease));
        Assert.Equal(StatusCode.Unimplemented, refused.StatusCode);
        Assert.Contains("version 2", refused.Status.Detail);
        Assert.Null(lease.Block.Fault);
    }

    [Fact]
    public async Task Blocks_that_share_time_need_a_plan()
    {
        var made = await Small();
        var lease = MadeBlock.Opened(made, _ledger).TryLease()!;
        var other = MadeBlock.Opened((made.Meta with { Id = Ulid.NewUlid() }, made.Files), _ledger).TryLease()!;
        var answers = new BlockAnswers([lease, other], "me", _ledger);
        var request = new SumRequest { Points = new PointsForm { Start = 0, Step = 1 << 30, End = 1 << 30 } };
        Assert.Equal(StatusCode.FailedPrecondition, Assert.Throws<RpcException>(() => answers.Sum(request, default)).StatusCode);
        request.Plan.Add(new PlanOfHolding { Ulid = WireIds.Bytes(lease.Block.Ulid), Whole = true });
        Assert.Equal(4UL, Assert.Single(await answers.Sum(request, default).ToListAsync()).Points.Counts[0]);
    }

    [Fact]
    public async Task A_sum_over_a_hundred_blocks_stays_within_a_budget_that_holds_one()
    {
        var (meta, files) = await Small();
        var ledger = new MemoryLedger(12 << 20);
        using var reading = new BlockReading(new SymbolCache(1 << 20, ledger));
        var leases = Enumerable.Range(0, 100).Select(i => new Block(
            "tenant", meta with { Id = Ulid.NewUlid(), MinTime = 10_000 * i, MaxTime = (10_000 * i) + 9_999 }, files, reading).TryLease()!).ToList();
        var answers = new BlockAnswers(leases, "me", ledger);
        var parts = await answers.Sum(new SumRequest { Tree = new TreeForm() }, default).ToListAsync();
        var tree = Profiles.Trees.TreeCodec.Decode(new(parts.SelectMany(p => p.Tree.ToByteArray()).ToArray()));
        Assert.Equal(100 * 2 * (1 + 2 + 3), tree.Totals()[0]);
        Assert.Equal(0, ledger.UsedFor(MemoryKind.Accumulators));
    }

    [Fact]
    public async Task A_sum_beyond_the_budget_is_refused_and_leaves_nothing_counted()
    {
        using var lease = MadeBlock.Opened(await Small(), _ledger).TryLease()!;
        _ledger.Reserve(_ledger.Budget - _ledger.Used, MemoryKind.Slabs);
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => Sum(lease))).StatusCode);
        Assert.Equal(0, _ledger.UsedFor(MemoryKind.Accumulators));
        Assert.Null(lease.Block.Fault);
    }

    [Fact]
    public async Task One_service_in_twenty_costs_at_most_a_tenth_of_the_block()
    {
        const int Services = 20, Rows = 900, Stacks = 500;
        var made = new MadeBlock(Ulid.NewUlid());
        var random = new Random(7);
        for (var s = 0; s < Services; s++)
        {
            var partition = (ulong)(s + 1);
            var names = Enumerable.Range(0, Stacks).Select(i => $"service{s}/package{i % 40}.Function{i}").ToArray();
            var source = made.Partition(partition).From(MadeBlock.Functions(names, i => i < 4 ? 0 : i / 4));
            made.Series(LabelSet.From([new Label("service_name", $"s{s:00}"), new Label("__name__", "cpu")]), 0, (Rows - 1) * 1_000_000L);
            for (var r = 0; r < Rows; r++)
            {
                long[] stacks = [.. Enumerable.Range(1, Stacks).Where(_ => random.Next(2) == 0).Select(i => (long)source.Stack(i))];
                await made.Row(partition, r * 1_000_000L, new ProfileId((ulong)r, 1), stacks, [.. stacks.Select(_ => random.NextInt64(1, 1 << 20))]);
            }
        }

        var (meta, files) = await made.Finish();
        var counted = new ChangedFiles(files);
        using var lease = MadeBlock.Opened((meta, counted), _ledger).TryLease()!;
        var request = new SumRequest { Tree = new TreeForm(), Selection = new Selection { Selectors = { new Api.Peers.Selector { Matchers = { new Matcher { Name = "service_name", Value = "s07" } } } } } };
        var parts = await new BlockAnswers([lease], "me", _ledger).Sum(request, default).ToListAsync();
        var tree = Profiles.Trees.TreeCodec.Decode(new(parts.SelectMany(p => p.Tree.ToByteArray()).ToArray()));
        Assert.Equal(Stacks, tree.NodeCount - 1);
        Assert.InRange(counted.BytesRead, 1, meta.Files.Sum(f => f.Bytes) / 10);
    }

    [Fact]
    public async Task Damage_anywhere_is_told_as_such_and_harms_nothing()
    {
        var (meta, files) = await Small();
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
        {
            var file = meta.Files[random.Next(meta.Files.Count)];
            var changed = new ChangedFiles(files) { Change = (file.RelPath, random.NextInt64(file.Bytes)), CutOff = random.Next(3) == 0 };
            using var lease = MadeBlock.Opened((meta, changed), _ledger).TryLease()!;
            foreach (var request in (SumRequest[])[new() { Tree = new TreeForm() }, new() { Points = new PointsForm { Step = 1, GroupBy = { "service_name" } } }])
            {
                try
                {
                    await new BlockAnswers([lease], "me", _ledger).Sum(request, default).ToListAsync();
                }
                catch (RpcException e)
                {
                    Assert.Equal(StatusCode.DataLoss, e.StatusCode);
                }
            }

            Assert.Equal(0, _ledger.UsedFor(MemoryKind.Accumulators));
            lease.Dispose();
            lease.Block.Retire();
            Assert.Equal(0, _ledger.Used);
        }
    }

    [Fact]
    public async Task Rows_of_blocks_that_others_wrote_are_known_by_time_and_none_is_left_to_a_replica()
    {
        var made = new MadeBlock(Ulid.NewUlid());
        var source = made.Partition(1).From(MadeBlock.Functions(["main"], _ => 0));
        var labels = LabelSet.From([new Label("__name__", "memory"), new Label("__type__", "alloc_space")]);
        made.Series(labels, 5, 5);
        await made.Row(1, 5, new ProfileId(1, 1), [source.Stack(1)], [1]);
        var (meta, files) = await made.Finish();
        foreach (var other in (bool[])[false, true])
        {
            using var lease = MadeBlock.Opened((meta, other ? await CreatedByAnother(files, meta) : files), _ledger).TryLease()!;
            var answers = new BlockAnswers([lease], "me", _ledger);
            var described = await answers.Describe(new DescribeRequest(), default).ToListAsync();
            Assert.Equal([!other], described.Select(static d => d.Series).OfType<SeriesBatch>().Single().Cumulative);
            var wanted = new SeriesOfHolding { Ulid = WireIds.Bytes(meta.Id), Fingerprints = { labels.Fingerprint } };
            Assert.Equal(other, Assert.Single(await answers.Select(new SelectRequest { Wanted = { wanted } }, default).ToListAsync()).ByTime);
        }
    }

    // The footer is a byte longer then, and says so.
    private static async Task<IBlockFiles> CreatedByAnother(IBlockFiles files, BlockMeta meta)
    {
        var bytes = new byte[meta.File(BlockPaths.Profiles)!.Bytes];
        using (var file = await files.Open(BlockPaths.Profiles, bytes.Length, default))
        {
            await file.Read(0, bytes, default);
        }

        var at = bytes.AsSpan().LastIndexOf("\u0004pyro"u8);
        byte[] changed = [.. bytes[..at], .. "\u0005other"u8, .. bytes[(at + 5)..]];
        var length = changed.AsSpan(changed.Length - 8, 4);
        BinaryPrimitives.WriteInt32LittleEndian(length, BinaryPrimitives.ReadInt32LittleEndian(length) + 1);
        return new ReplacedFile(files, BlockPaths.Profiles, changed);
    }

    private static async Task<(BlockMeta Meta, IBlockFiles Files)> Small()
    {
        var made = new MadeBlock(Ulid.NewUlid());
        var source = made.Partition(9).From(MadeBlock.Functions(["main", "a", "b"], i => i - 1));
        foreach (var service in (string[])["cart", "pay"])
        {
            made.Series(LabelSet.From([new Label("service_name", service)]), 1_000_000_000, 2_000_000_000);
            await made.Row(9, 1_000_000_000, new ProfileId(1, 1), [source.Stack(1), source.Stack(2)], [1, 2]);
            await made.Row(9, 2_000_000_000, new ProfileId(2, 1), [source.Stack(3)], [3]);
        }

        return await made.Finish();
    }

    private Task<List<SumResponse>> Sum(BlockLease lease) =>
        new BlockAnswers([lease], "me", _ledger).Sum(new SumRequest { Tree = new TreeForm() }, default).ToListAsync().AsTask();
}

/// <summary>Files that count what is read of them, one of them changed at a byte or cut off there.</summary>
internal sealed class ChangedFiles(IBlockFiles files) : IBlockFiles
{
    private long _read;

    public (string RelPath, long At)? Change { get; init; }

    public bool CutOff { get; init; }

    public long BytesRead => Volatile.Read(ref _read);

    public async ValueTask<IBlockFile> Open(string relPath, long length, CancellationToken cancellation)
    {
        if (relPath == "meta.json")
        {
            throw new MissingFileException(relPath);
        }

        return new Changed(await files.Open(relPath, length, cancellation), this, Change is { } change && change.RelPath == relPath ? change.At : -1);
    }

    private sealed class Changed(IBlockFile file, ChangedFiles owner, long at) : IBlockFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public async ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
        {
            if (owner.CutOff && at >= 0 && offset + into.Length > at)
            {
                throw new DamagedBlockException(Name, at, "ends");
            }

            Interlocked.Add(ref owner._read, into.Length);
            await file.Read(offset, into, cancellation);
            if (at >= offset && at < offset + into.Length)
            {
                into.Span[(int)(at - offset)] ^= 0x10;
            }
        }

        public void Dispose() => file.Dispose();
    }
}

/// <summary>Files of a block; something is done when one is closed.</summary>
internal sealed class ToldFiles(IBlockFiles files, Action closed) : IBlockFiles
{
    public async ValueTask<IBlockFile> Open(string relPath, long length, CancellationToken cancellation) =>
        new Told(await files.Open(relPath, length, cancellation), closed);

    private sealed class Told(IBlockFile file, Action closed) : IBlockFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation) => file.Read(offset, into, cancellation);

        public void Dispose()
        {
            file.Dispose();
            closed();
        }
    }
}

/// <summary>Files of a block, one of them another.</summary>
internal sealed class ReplacedFile(IBlockFiles files, string relPath, byte[] content) : IBlockFiles
{
    public ValueTask<IBlockFile> Open(string wanted, long length, CancellationToken cancellation) =>
        wanted == relPath ? ValueTask.FromResult<IBlockFile>(new MemoryBlockFile(content, relPath)) : files.Open(wanted, length, cancellation);
}
