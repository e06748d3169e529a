using System.Buffers;
using CsCheck;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Ingester.Queries;
using Pyro.Memory;
using Pyro.Profiles.Trees;
using Pyro.Tests.Unit.Head;

namespace Pyro.Tests.Unit.Queries;

public class LargeSumTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_folded_tree_is_cut_to_what_the_whole_tree_is_cut_to(int partitions)
    {
        var held = new Held();
        var random = new Random(partitions);
        for (var i = 0; i < 20; i++)
        {
            var builder = RecordByHand.Cpu("a").Mapping(i % partitions == 0 ? "/bin/x" : "/bin/y").At(1_000_000_000 + i);
            for (var s = 0; s < 50; s++)
            {
                builder.Sample(string.Join(';', Enumerable.Range(0, random.Next(1, 6)).Select(_ => $"f{random.Next(9)}")), random.Next(1, 1000));
            }

            held.Append(builder.Build());
        }

        var whole = await Tree(held, 0);
        foreach (var keep in (int[])[1, 5, 40])
        {
            var folded = await Tree(held, keep);
            Assert.InRange(folded.NodeCount, 2, whole.NodeCount - 1);
            Assert.Equal(Held.Paths(TreeCut.Thrice(whole, keep)), Held.Paths(TreeCut.Thrice(folded, keep)));
        }
    }

    [Fact]
    public async Task Large_answers_come_in_pieces_of_at_most_a_mebibyte()
    {
        var held = new Held();
        var expected = new Dictionary<string, long>();
        for (var p = 0; p < 16; p++)
        {
            var builder = RecordByHand.Cpu("a").At(1_000_000_000 + p);
            for (var i = 0; i < 200; i++)
            {
                var stack = $"main;{new string('x', 600)}{p}-{i}";
                builder.Sample(stack, i + 1);
                expected.Add(stack, i + 1);
            }

            held.Append(builder.Build());
        }

        var parts = await held.Sum(new SumRequest { Tree = new TreeForm() });
        Assert.InRange(parts.Count, 2, 64);
        Assert.Equal(expected, await held.Tree(null));
        Assert.InRange((await held.Sum(new SumRequest { Stacks = new StacksForm() })).Count, 2, 8);
        Assert.Equal(expected.Count, (await held.Stacks(null)).Sample.Count);
    }

    [Fact]
    public async Task Points_of_a_long_grid_come_in_pieces()
    {
        var held = new Held();
        for (var i = 0; i < 40_000; i += 100)
        {
            held.Append(RecordByHand.Cpu("a").At((1_000 + i) * 1_000_000L).Sample("main", 1).Build());
        }

        var form = new PointsForm { Start = 1000, Step = 1, End = 1000 + 50_000 };
        var points = Assert.Single(await held.Points(null, form));
        Assert.Equal(Enumerable.Range(0, 400).Select(i => 1000L + (i * 100)), points.Times);
        form.Step = 0;
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => held.Points(null, form))).StatusCode);
    }

    [Fact]
    public async Task A_sum_beyond_the_memory_budget_is_refused_and_leaves_nothing_counted()
    {
        var held = new Held();
        held.Append(RecordByHand.Cpu("a").Sample("main;a", 1).Build());
        await held.Tree(null);
        Assert.Equal(0, held.Ledger.UsedFor(MemoryKind.Accumulators));
        held.Ledger.Reserve(held.Ledger.Budget - held.Ledger.Used, MemoryKind.Caches);
        var refused = await Assert.ThrowsAsync<RpcException>(() => held.Tree(null));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(0, held.Ledger.UsedFor(MemoryKind.Accumulators));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public async Task Points_beyond_the_memory_budget_are_refused_and_leave_nothing_counted(long steps)
    {
        var held = new Held();
        held.Append(RecordByHand.Cpu("a").At(1_000_000_000).Sample("main;a", 1).Build());
        var form = new PointsForm { Start = 1000, Step = 1, End = 1000 + steps };
        Assert.Single(await held.Points(null, form));
        Assert.Equal(0, held.Ledger.UsedFor(MemoryKind.Accumulators));
        held.Ledger.Reserve(held.Ledger.Budget - held.Ledger.Used, MemoryKind.Caches);
        var refused = await Assert.ThrowsAsync<RpcException>(() => held.Points(null, form));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(0, held.Ledger.UsedFor(MemoryKind.Accumulators));
    }

    private static async Task<NameTree> Tree(Held held, long keep)
    {
        var parts = await held.Sum(new SumRequest { Tree = new TreeForm { KeepNodes = keep } });
        return TreeCodec.Decode(new ReadOnlySequence<byte>(parts.SelectMany(p => p.Tree.ToByteArray()).ToArray()));
    }
}
