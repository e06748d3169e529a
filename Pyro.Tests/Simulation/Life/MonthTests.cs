using Pyro.Ingester.Shipping;

namespace Pyro.Tests.Simulation.Life;

/// <summary>A long life: what it holds in memory and on disk does not grow with it, and a bucket that is away does not fill the disk.</summary>
public sealed class MonthTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(5);

    [Fact]
    public void A_month_holds_no_more_than_a_day()
    {
        using var world = new LifeWorld(1) { KnownBytes = 8 << 10, Questions = { OnceIn = 0 } };
        Assert.True(world.Open(withLoops: true));
        var days = Environment.GetEnvironmentVariable("PYRO_LONG") is null ? 30 : 90;
        var most = new List<LifeFootprint>();
        for (var day = 0; day < days; day++)
        {
            var peak = world.Process.Footprint;
            for (var quarter = 0; quarter < 24 * 4; quarter++)
            {
                Assert.True(world.Append(world.Random.Next(1, 4)));
                world.Pass(TimeSpan.FromMinutes(15), steps: Step);
                if (quarter % 16 == 0)
                {
                    AskRecent(world);
                }

                peak = peak.Max(world.Process.Footprint);

                // As a store-gateway does between its looks.
                world.Process.Querier.Served.Rest(Step);
            }

            // Whether the process goes on or begins anew is all the same.
            if (day % 7 == 6)
            {
                world.Crash();
                Assert.True(world.Open(withLoops: true));
            }

            most.Add(peak);
        }

        world.Check();
        var (early, late) = (most.Skip(1).Take(3).Aggregate(static (a, b) => a.Max(b)), most.TakeLast(7).Aggregate(static (a, b) => a.Max(b)));
        TestContext.Current.TestOutputHelper?.WriteLine($"days 2 to 4: {early}; the last seven of {days}: {late}");
        Assert.InRange(late.Heads, 1, early.Heads + 2);
        Assert.InRange(late.Segments, 0, early.Segments + 2);
        Assert.InRange(late.LocalBlocks, 1, early.LocalBlocks * 3 / 2);
        Assert.InRange(late.OpenBlocks, 1, early.OpenBlocks * 3 / 2);
        Assert.InRange(late.HeadBytes, 1, early.HeadBytes * 3 / 2);
        Assert.InRange(late.LedgerBytes, 1, early.LedgerBytes * 3 / 2);
        Assert.InRange(late.DiskBytes, 1, early.DiskBytes * 3 / 2);
    }

    [Fact]
    public void A_bucket_that_is_away_for_days_fills_the_budget_of_the_disk_and_no_more()
    {
        const long Budget = 400_000;
        using var world = new LifeWorld(2) { DiskLimits = new DiskLimits(0, 0, Budget), Questions = { OnceIn = 0 }, Counts = false };
        Assert.True(world.Open(withLoops: true));
        world.Store.IsDown = true;
        var mostBytes = 0L;
        for (var hour = 0; hour < 24 * 5; hour++)
        {
            Assert.True(world.Append(3));
            world.Pass(TimeSpan.FromHours(1), steps: Step);
            mostBytes = Math.Max(mostBytes, world.Process.Space.UsedBytes);
        }

        Assert.True(world.Process.Space.IsLow, "the budget was never used up");
        Assert.InRange(mostBytes, Budget / 2, Budget);
        var acknowledged = world.Profiles.Acknowledged;
        Assert.True(world.Append(3));
        Assert.Equal(acknowledged, world.Profiles.Acknowledged);

        // All of it is told meanwhile, marked since the bucket was never seen; then it is shipped, and there is room.
        Assert.True(world.Do(world.Questions.Ask));
        Assert.Equal(1, world.Questions.Partial + world.Questions.Whole);
        world.Heal();
        world.Pass(TimeSpan.FromHours(3), steps: Step);
        Assert.False(world.Process.Space.IsLow);
        Assert.True(world.Append(3));
        Assert.Equal(acknowledged + 3, world.Profiles.Acknowledged);
        world.Pass(TimeSpan.FromHours(8), steps: Step);
        world.Check();
        world.CheckOwners();
        Assert.Equal(0, world.Process.Shipper.Backlog.Count);
    }

    // Of twelve hours, of which the bucket alone has the older.
    private static void AskRecent(LifeWorld world)
    {
        var from = world.Time.GetUtcNow().AddHours(-12).ToUnixTimeMilliseconds();
        Assert.True(world.Do(async () => Assert.Null((await world.Process.Querier.Totals(LifeWorld.Tenant, from)).Lacks)));
    }
}
