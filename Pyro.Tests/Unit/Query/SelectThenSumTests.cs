using Grpc.Core;
using Pyro.Api.Querier;
using Pyro.Query.Querier;

namespace Pyro.Tests.Unit.Query;

/// <summary>Every row counts once, whoever holds it.</summary>
public class SelectThenSumTests
{
    [Fact]
    public async Task A_single_holder_is_asked_at_once()
    {
        var cluster = new FakeCluster(1, replicationFactor: 1);
        cluster.Holders[0].Holdings.Add(Holding(1, Rows(cluster, 1, 3)));

        Assert.Equal(111, await Total(cluster));
        Assert.Equal(0, cluster.Holders[0].Describes);
        Assert.Empty(Assert.Single(cluster.Holders[0].Sums).Plan);
        Assert.All(cluster.Holders[0].Tenants, t => Assert.Equal(FakeCluster.Tenant, t));
    }

    [Fact]
    public async Task A_single_holder_whose_holdings_share_time_is_asked_by_plan()
    {
        var cluster = new FakeCluster(1, replicationFactor: 1);
        var holder = cluster.Holders[0];
        var rows = Rows(cluster, 1, 3);
        holder.NeedsPlan = true;
        holder.Holdings.Add(Holding(1, [rows[0], rows[1]], open: false));
        holder.Holdings.Add(Holding(2, [rows[1], rows[2]]));

        Assert.Equal(111, await Total(cluster));
        Assert.Equal(1, holder.Describes);
    }

    [Fact]
    public async Task A_row_that_one_has_twice_hides_no_row_that_another_has_twice()
    {
        var cluster = new FakeCluster(3);
        var rows = Rows(cluster, 1, 3);
        for (byte i = 0; i < 2; i++)
        {
            cluster.Holders[i].Holdings.Add(Holding((byte)(1 + (2 * i)), [rows[i]], open: false));
            cluster.Holders[i].Holdings.Add(Holding((byte)(2 + (2 * i)), [rows[i]]));
        }

        Assert.Equal(11, await Total(cluster));
    }

    [Fact]
    public async Task A_holding_that_is_gone_when_a_single_holder_sums_it_is_planned_without()
    {
        var cluster = new FakeCluster(1, replicationFactor: 1);
        var holder = cluster.Holders[0];
        holder.Holdings.Add(Holding(1, Rows(cluster, 1, 3)));
        holder.BeforeSum = static () => throw new RpcException(new Status(StatusCode.NotFound, "not held"));

        Assert.Equal(111, await Total(cluster));
        Assert.Equal((1, 2), (holder.Describes, holder.Sums.Count));
    }

    [Fact]
    public async Task Who_changes_with_every_plan_is_named_with_what_it_says()
    {
        var cluster = new FakeCluster(3);
        foreach (var holder in cluster.Holders) holder.Holdings.Add(Holding(1, Rows(cluster, 1, 3)));
        cluster.Holders.ForEach(static holder => holder.SumFailure = StatusCode.NotFound);
        var refused = await Assert.ThrowsAsync<RpcException>(() => Total(cluster));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Matches("what is held changed 5 times while it was summed, at last: holder-[0-2]: the sum failed", refused.Status.Detail);
    }

    [Fact]
    public async Task What_a_damaged_holding_has_is_marked_as_lacking_unless_another_holder_has_it_whole()
    {
        foreach (var holders in (int[])[1, 3])
        {
            var cluster = new FakeCluster(holders, replicationFactor: 1);
            var rows = Rows(cluster, 1, 3);
            cluster.Holders[0].Holdings.Add(Damaged(9, rows));
            var call = FakeCluster.Call();
            // The only holder is asked at once, and finds the damage then.
            cluster.Holders[0].SumFailure = holders == 1 ? StatusCode.DataLoss : null;
            Assert.Equal(0, await Total(cluster, call));
            Assert.Equal($"damaged blocks: {new Ulid([.. Enumerable.Repeat((byte)9, 16)])}", call.Mark);
            if (holders == 1) continue;

            cluster.Holders[1].Holdings.Add(Holding(9, rows, open: false));
            call = FakeCluster.Call();
            Assert.Equal(111, await Total(cluster, call));
            Assert.Null(call.Mark);
        }
    }

    [Fact]
    public async Task A_damaged_holding_of_one_replica_costs_nothing_as_long_as_the_others_have_the_rows()
    {
        var cluster = new FakeCluster(3);
        var rows = Rows(cluster, 1, 3);
        cluster.Holders[0].Holdings.Add(Damaged(1, rows));
        cluster.Holders[1].Holdings.Add(Holding(2, rows));
        cluster.Holders[2].Holdings.Add(Holding(3, rows));
        var call = FakeCluster.Call();
        Assert.Equal(111, await Total(cluster, call));
        Assert.Null(call.Mark);

        // Of what only two took in, one may have lost all that the other never had.
        cluster.Holders[2].Failure = StatusCode.Unavailable;
        Assert.Equal(111, await Total(cluster, call));
        Assert.NotNull(call.Mark);
    }

    [Fact]
    public async Task Agreeing_replicas_count_once_and_share_the_work()
    {
        var cluster = new FakeCluster(3);
        for (var i = 0; i < 3; i++)
        {
            cluster.Holders[i].Holdings.Add(Holding((byte)(i + 1), [.. Rows(cluster, 0, 3), .. Rows(cluster, 1, 3), .. Rows(cluster, 2, 3)]));
        }

        Assert.Equal(333, await Total(cluster));
        Assert.All(cluster.Holders, h => Assert.Empty(h.Selects));
        Assert.All(cluster.Holders, h => Assert.Single(h.Sums));
    }

    [Fact]
    public async Task Differing_replicas_exchange_the_keys_of_that_series_alone()
    {
        var cluster = new FakeCluster(3);
        var (same, split) = (Rows(cluster, 1, 3), Rows(cluster, 2, 3));
        cluster.Holders[0].Holdings.Add(Holding(1, [.. same, split[0], split[1]]));
        cluster.Holders[1].Holdings.Add(Holding(2, [.. same, split[1], split[2]]));
        cluster.Holders[2].Holdings.Add(Holding(3, [.. same, split[0], split[2]]));

        Assert.Equal(222, await Total(cluster));
        foreach (var holder in cluster.Holders)
        {
            Assert.Equal([2UL], Assert.Single(Assert.Single(holder.Selects).Wanted).Fingerprints);
        }
    }

    [Fact]
    public async Task An_open_head_that_shares_a_series_is_told_the_rows()
    {
        var cluster = new FakeCluster(3);
        var rows = Rows(cluster, 1, 3);
        cluster.Holders[0].Holdings.Add(Holding(1, [rows[0], rows[1]]));
        cluster.Holders[1].Holdings.Add(Holding(2, [rows[2]]));
        cluster.Holders[2].Holdings.Add(Holding(3, [rows[2]]));
        // A replica that arrives between the plan and the sum.
        cluster.Holders[0].BeforeSum = () => cluster.Holders[0].Holdings[0].Rows.Add(rows[2]);

        Assert.Equal(111, await Total(cluster));
    }

    [Fact]
    public async Task Sealed_holdings_are_summed_as_a_whole()
    {
        var cluster = new FakeCluster(3);
        cluster.Holders[1].Holdings.Add(Holding(7, [.. Rows(cluster, 1, 3), .. Rows(cluster, 4, 3)], open: false));

        Assert.Equal(222, await Total(cluster));
        Assert.True(Assert.Single(Assert.Single(cluster.Holders[1].Sums).Plan).Whole);
    }

    [Fact]
    public async Task The_same_holding_in_several_holders_counts_once()
    {
        var cluster = new FakeCluster(3);
        var rows = Rows(cluster, 1, 3);
        foreach (var holder in cluster.Holders) holder.Holdings.Add(Holding(9, rows, open: false));

        Assert.Equal(111, await Total(cluster));
    }

    [Fact]
    public async Task Overlapping_holdings_of_one_holder_are_compared_too()
    {
        var cluster = new FakeCluster(3);
        var rows = Rows(cluster, 1, 3);
        cluster.Holders[0].Holdings.Add(Holding(1, [rows[0], rows[1]], open: false));
        cluster.Holders[0].Holdings.Add(Holding(2, [rows[1], rows[2]]));

        Assert.Equal(111, await Total(cluster));
    }

    [Theory]
    [InlineData(true, true, 111)]
    [InlineData(true, false, 222)]
    [InlineData(false, false, 222)]
    public async Task What_was_pushed_twice_counts_once_where_ids_are_given_at_random(bool first, bool second, double total)
    {
        var cluster = new FakeCluster(3);
        var rows = Rows(cluster, 1, 3);
        FakeHolding Of(byte name, UInt128 id, bool byTime)
        {
            var holding = new FakeHolding(name, open: false) { ByTime = byTime };
            holding.Rows.AddRange(rows.Select(r => r with { Id = r.Id + id }));
            return holding;
        }

        cluster.Holders[0].Holdings.Add(Of(1, 0, first));
        cluster.Holders[0].Holdings.Add(Of(2, 50, second));
        Assert.Equal(total, await Total(cluster));
    }

    [Fact]
    public async Task Cumulative_series_come_from_the_holder_that_has_most()
    {
        var cluster = new FakeCluster(3);
        var rows = Rows(cluster, 1, 3);
        cluster.Holders[0].Holdings.Add(new FakeHolding(1) { Cumulative = true, Rows = { rows[0], rows[1] } });
        // After a missed push the next value holds both steps.
        cluster.Holders[1].Holdings.Add(new FakeHolding(2) { Cumulative = true, Rows = { rows[1] with { Value = 11 } } });

        Assert.Equal(11, await Total(cluster));
        Assert.Empty(cluster.Holders[1].Sums);
    }

    [Fact]
    public async Task A_holding_that_vanished_is_planned_again()
    {
        var cluster = new FakeCluster(3);
        var rows = Rows(cluster, 1, 3);
        var holder = cluster.Holders[0];
        holder.Holdings.Add(Holding(1, rows));
        holder.BeforeSum = () =>
        {
            holder.Holdings.Clear();
            holder.Holdings.Add(Holding(5, rows));
        };

        Assert.Equal(111, await Total(cluster));
        Assert.Equal(2, holder.Describes);
    }

    [Fact]
    public async Task One_failure_of_three_is_tolerated_at_any_step()
    {
        foreach (var step in new Action<FakeHolder>[] { h => h.Failure = StatusCode.Unavailable, h => h.SumFailure = StatusCode.Internal })
        {
            for (var failing = 0; failing < 3; failing++)
            {
                var cluster = new FakeCluster(3);
                foreach (var (holder, i) in cluster.Holders.Select((h, i) => (h, i)))
                {
                    holder.Holdings.Add(Holding((byte)(i + 1), [.. Rows(cluster, 0, 3), .. Rows(cluster, 1, 3), .. Rows(cluster, 2, 3)]));
                }

                step(cluster.Holders[failing]);
                Assert.Equal(333, await Total(cluster));
            }
        }
    }

    [Fact]
    public async Task Two_failures_of_three_fail_the_query()
    {
        var cluster = new FakeCluster(3);
        cluster.Holders[0].Failure = StatusCode.Unavailable;
        cluster.Holders[2].Failure = StatusCode.Unavailable;

        var e = await Assert.ThrowsAsync<RpcException>(() => Total(cluster));
        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
    }

    [Fact]
    public async Task A_refusal_is_no_failure_to_tolerate()
    {
        var cluster = new FakeCluster(3);
        cluster.Holders[1].Failure = StatusCode.InvalidArgument;

        var e = await Assert.ThrowsAsync<RpcException>(() => Total(cluster));
        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
    }

    [Fact]
    public async Task A_frozen_holder_is_done_without_after_a_while()
    {
        foreach (var whole in new[] { true, false })
        {
            var cluster = new FakeCluster(3);
            var thaw = new TaskCompletionSource();
            foreach (var (holder, i) in cluster.Holders.Select((h, i) => (h, i)))
            {
                holder.Holdings.Add(Holding((byte)(i + 1), [.. Rows(cluster, 0, 3), .. Rows(cluster, 1, 3), .. Rows(cluster, 2, 3)]));
            }

            // From the start, or from the sum on.
            if (whole) cluster.Holders[1].Frozen = thaw.Task;
            else cluster.Holders[0].BeforeSum = () => cluster.Holders[1].Frozen = thaw.Task;
            var total = Total(cluster);
            await Pass(cluster, total);
            Assert.Equal(333, await total);

            cluster.Holders[1].Frozen = thaw.Task;
            cluster.Holders[2].Frozen = thaw.Task;
            var hopeless = Total(cluster);
            await Pass(cluster, Task.Delay(50, TestContext.Current.CancellationToken));
            Assert.False(hopeless.IsCompleted);
            thaw.SetResult();
            Assert.Equal(333, await hopeless);
        }
    }

    [Fact]
    public async Task Random_replicas_always_add_up()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var cluster = new FakeCluster(3);
            foreach (var (holder, i) in cluster.Holders.Select((h, i) => (h, i)))
            {
                holder.Holdings.Add(Holding((byte)(2 * i), [], open: random.Next(2) == 0));
                holder.Holdings.Add(Holding((byte)((2 * i) + 1), []));
            }

            long expected = 0;
            for (var n = random.Next(30); n > 0; n--)
            {
                var row = new Row((ulong)random.Next(4), cluster.Now - random.Next(50_000), (UInt128)(ulong)random.NextInt64(), random.Next(100));
                var chosen = cluster.Holders.Where(_ => random.Next(3) > 0).ToList();
                if (chosen.Count > 0) expected += row.Value;
                foreach (var holder in chosen)
                {
                    holder.Holdings[random.Next(2)].Rows.Add(row);
                    if (random.Next(8) == 0) holder.Holdings.ForEach(h => { if (!h.Rows.Contains(row)) h.Rows.Add(row); });
                }
            }

            Assert.Equal(expected, await Total(cluster));
        }
    }

    /// <summary>Lets time pass until something is done.</summary>
    private static async Task Pass(FakeCluster cluster, Task until)
    {
        while (!until.IsCompleted)
        {
            cluster.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Three rows of a series, worth 1, 10 and 100.</summary>
    private static Row[] Rows(FakeCluster cluster, ulong series, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Row(series, cluster.Now - 30_000 + (i * 10_000), (UInt128)(series * 100 + (ulong)i), (long)Math.Pow(10, i)))];

    private static FakeHolding Holding(byte name, IEnumerable<Row> rows, bool open = true)
    {
        var holding = new FakeHolding(name, open);
        holding.Rows.AddRange(rows);
        return holding;
    }

    private static FakeHolding Damaged(byte name, IEnumerable<Row> rows)
    {
        var holding = new FakeHolding(name, open: false) { Fault = "bits were flipped" };
        holding.Rows.AddRange(rows);
        return holding;
    }

    private static async Task<double> Total(FakeCluster cluster, QueryCall? call = null)
    {
        var request = new SelectSeriesRequest
        {
            ProfileTypeID = FakeCluster.Type,
            LabelSelector = "{}",
            Start = cluster.Now - 60_000,
            End = cluster.Now,
            Step = 15,
        };
        var answer = await cluster.Points.Series(call ?? FakeCluster.Call(), request, TestContext.Current.CancellationToken);
        return answer.Series.Sum(s => s.Points.Sum(p => p.Value));
    }
}
