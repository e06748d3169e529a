using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Pyro.Api.Peers;
using Pyro.Ingester.Head;
using Pyro.Memory;
using Pyro.Tests.Unit.Queries;

namespace Pyro.Tests.Unit.Head;

public class HeadStoreTests
{
    [Fact]
    public async Task A_record_taken_in_again_counts_once()
    {
        var held = new Held();
        var record = RecordByHand.Cpu("a").Sample("main;work", 5).Build();
        held.Append(record);
        held.Append(record);
        held.Append(record, Ulid.NewUlid(DateTimeOffset.UnixEpoch));
        var point = Assert.Single(await held.Points(null, OnePoint));
        Assert.Equal([5L], point.Sums);
        Assert.Equal([1UL], point.Counts);
    }

    [Fact]
    public async Task Profiles_of_one_nanosecond_are_told_apart_by_id()
    {
        var held = new Held();
        held.Append(RecordByHand.Cpu("a").At(1_000_000_000, 1).Sample("main", 5).Build());
        held.Append(RecordByHand.Cpu("a").At(1_000_000_000, 2).Sample("main", 7).Build());
        Assert.Equal([12L], Assert.Single(await held.Points(null, OnePoint)).Sums);
    }

    [Fact]
    public async Task Of_a_type_named_twice_the_first_counts()
    {
        var held = new Held();
        held.Append(RecordByHand.Cpu("a").Type("cpu", "nanoseconds").Sample("main", 5, 7).Build());
        Assert.Equal([5L], Assert.Single(await held.Points(null, OnePoint)).Sums);
    }

    [Fact]
    public async Task A_cumulative_series_stores_increases_across_heads()
    {
        var held = new Held();
        var second = Ulid.NewUlid(DateTimeOffset.UtcNow.AddHours(1));
        held.Append(Allocations(1, ("main;a", 10), ("main;b", 1)));
        held.Append(Allocations(2, ("main;a", 15), ("main;b", 1)));
        held.Append(Allocations(2, ("main;a", 15), ("main;b", 1)));
        held.Append(Allocations(3, ("main;b", 4), ("main;c", 2), ("main;a", 16)), second);
        Assert.Equal([(2, 5), (3, 6)], await Rows(held));

        // A counter that went down begins anew; the profile that shows it stores nothing.
        held.Append(Allocations(4, ("main;a", 3)), second);
        held.Append(Allocations(5, ("main;a", 7)), second);

        // A late retry is no reset.
        held.Append(Allocations(1, ("main;a", 10), ("main;b", 1)), second);
        held.Append(Allocations(6, ("main;a", 8)), second);
        Assert.Equal([(2, 5), (3, 6), (5, 4), (6, 1)], await Rows(held));
    }

    [Fact]
    public async Task Different_values_of_one_stack_in_a_cumulative_profile_are_a_reset()
    {
        var held = new Held();
        held.Append(Allocations(1, ("main;a", 1), ("main;b", 2)));
        held.Append(Allocations(2, ("main;a", 2), ("main;a", 1), ("main;b", 3)));
        held.Append(Allocations(3, ("main;a", 2), ("main;b", 4)));
        Assert.Equal([(3, 2)], await Rows(held));
    }

    [Fact]
    public async Task A_series_whose_profiles_are_deltas_already_is_stored_as_it_is()
    {
        var held = new Held();
        var record = new RecordByHand().Label("__name__", "memory").Label("service_name", "a").Label("__delta__", "false")
            .Type("alloc_space", "bytes").Sample("main", 9).Build();
        held.Append(record);
        Assert.Equal([9L], Assert.Single(await held.Points(null, OnePoint)).Sums);
        var series = await held.Labels(new LabelsRequest { Kind = LabelsRequest.Types.Kind.Names });
        Assert.DoesNotContain("__delta__", series.Texts);
    }

    [Fact]
    public async Task A_profile_of_zeros_leaves_no_trace()
    {
        var held = new Held();
        held.Append(RecordByHand.Cpu("a").Sample("main", 0).Build());
        held.Append(RecordByHand.Cpu("b").Build());
        Assert.Empty((await held.Labels(new LabelsRequest { Kind = LabelsRequest.Types.Kind.Names })).Texts);
        Assert.Null((await held.Describe(null))[0].Holding.Range);
    }

    [Fact]
    public async Task Tenants_do_not_see_each_other()
    {
        var held = new Held();
        held.Store.Append("other", Ulid.NewUlid(), RecordByHand.Cpu("a").Sample("main", 1).Build());
        Assert.Empty(await held.Points(null, OnePoint));
    }

    [Fact]
    public void Only_new_series_beyond_the_limit_are_refused()
    {
        var clock = new FakeTimeProvider();
        var store = new HeadStore(clock, new Random(1), _ => 2, "", new MemoryLedger(1 << 30));
        var known = RecordByHand.Cpu("a").Sample("main", 1).Build();
        Assert.Equal(StatusCode.OK, store.Check("t", known).Code);
        Assert.Equal(StatusCode.OK, store.Check("t", RecordByHand.Cpu("b").Sample("main", 1).Build()).Code);
        var refused = store.Check("t", RecordByHand.Cpu("c").Sample("main", 1).Build());
        Assert.Equal(StatusCode.ResourceExhausted, refused.Code);
        Assert.StartsWith("Maximum active series limit exceeded (2/2), reduce", refused.Message, StringComparison.Ordinal);
        Assert.Equal(StatusCode.OK, store.Check("t", known).Code);
        Assert.Equal(StatusCode.OK, store.Check("u", RecordByHand.Cpu("c").Sample("main", 1).Build()).Code);

        clock.Advance(TimeSpan.FromMinutes(8));
        Assert.Equal(StatusCode.OK, store.Check("t", known).Code);
        clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(StatusCode.OK, store.Check("t", RecordByHand.Cpu("c").Sample("main", 1).Build()).Code);
    }

    [Fact]
    public void What_heads_hold_is_counted()
    {
        var held = new Held();
        held.Append(RecordByHand.Cpu("a").Sample("main", 1).Build());
        Assert.Equal(held.Store.Heads(Held.Tenant)[0].Bytes, held.Ledger.UsedFor(MemoryKind.Slabs));
    }

    [Fact]
    public async Task Readers_see_every_answered_record_while_writers_go_on()
    {
        const int Writers = 3, Records = 400;
        var held = new Held();
        var stored = new long[Writers];
        var writers = Enumerable.Range(0, Writers).Select(w => Task.Run(() =>
        {
            for (var i = 0; i < Records; i++)
            {
                var builder = RecordByHand.Cpu($"s{i % 7}").Mapping(w == 0 ? "/bin/x" : "/bin/y").At(1_000_000_000 + i, (ulong)w);
                held.Append(builder.Sample($"main;f{i};g{w}", 1).Sample("main", 1).Build());
                Volatile.Write(ref stored[w], i + 1);
            }
        })).ToArray();
        long last = 0;
        while (last < Writers * Records * 2)
        {
            var before = stored.Sum(s => Volatile.Read(in s)) * 2;
            var sum = (await held.Points(null, OnePoint)).Sum(g => g.Sums.Sum());
            var stacks = (await held.Stacks(null)).Sample.Sum(s => s.Value[0]);
            Assert.True(sum >= before && sum >= last, $"{sum} after {before} and {last}");
            Assert.True(stacks >= sum, $"{stacks} after {sum}");
            last = sum;
        }

        await Task.WhenAll(writers);
        Assert.Equal(Writers * Records, (int)(await held.Describe(null)).Where(p => p.Series is not null).Sum(p => p.Series.Rows.Sum(r => (long)r)));
    }

    [Fact]
    public async Task Trees_are_whole_while_names_are_added()
    {
        const int Records = 600;
        var held = new Held();
        var done = 0;
        var writer = Task.Run(() =>
        {
            for (var i = 0; i < Records; i++)
            {
                held.Append(RecordByHand.Cpu("a").At(1_000_000_000 + i).Sample($"main;f{i};g{i}", 1).Sample($"main;@0x{i + 1:x}", 1).Build());
                Volatile.Write(ref done, i + 1);
            }
        });
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            for (long sum = 0; sum < 2 * Records;)
            {
                var before = Volatile.Read(ref done) * 2;
                sum = (await held.Tree(null)).Values.Sum();
                Assert.True(sum >= before, $"{sum} after {before}");
            }
        }));
        await Task.WhenAll([writer, .. readers]);
    }

    private static PointsForm OnePoint => new() { Start = 100_000, Step = 100_000, End = 100_000 };

    private static Profiles.Records.ProfileRecord Allocations(int second, params (string Stack, long Value)[] samples)
    {
        var record = new RecordByHand().Label("__name__", "memory").Label("service_name", "a").Period("space", "bytes")
            .Type("alloc_space", "bytes").At(second * 1_000_000_000L);
        foreach (var (stack, value) in samples)
        {
            record.Sample(stack, value);
        }

        return record.Build();
    }

    private static async Task<List<(long Second, long Sum)>> Rows(Held held)
    {
        var group = Assert.Single(await held.Points(null, new PointsForm { Start = 1000, Step = 1000, End = 10_000 }));
        return [.. group.Times.Zip(group.Sums, (t, s) => (t / 1000, s))];
    }
}
