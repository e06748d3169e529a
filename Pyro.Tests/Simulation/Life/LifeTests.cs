namespace Pyro.Tests.Simulation.Life;

/// <summary>
/// Heads become blocks, blocks go to the bucket, local copies go: with a crash or a failure at every operation of disk and bucket, and for days of
/// virtual time with crashes, full and failing disks, wrong clocks and faults of the bucket. What was acknowledged is readable and counted once after
/// each restart, and in every answer to a question asked meanwhile; nothing lies about.
/// </summary>
public sealed class LifeTests
{
    private const int Seeds = 200;
    private static readonly TimeSpan Settling = TimeSpan.FromHours(2);

    private static bool IsLong => Environment.GetEnvironmentVariable("PYRO_LONG") is not null;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_crash_at_any_operation_loses_nothing_and_doubles_nothing(bool ofBucket) => ForEachOperation(operation =>
    {
        using var world = Begun(operation);
        if (ofBucket)
        {
            world.Store.CrashAfter(operation);
        }
        else
        {
            world.Disk.CrashAfter(operation);
        }

        var whole = Script(world);
        world.Crash();
        Settle(world);
        return whole;
    });

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(30)]
    public void A_crash_at_any_operation_of_a_start_after_a_flush_that_crashed_loses_nothing_and_doubles_nothing(int ofFlush) => ForEachOperation(
        operation =>
        {
            using var world = Begun(operation);
            world.Disk.CrashAfter(ofFlush);
            Assert.False(world.Do(() => world.Process.Cutter.FlushAll("api", default)), "the flush was over before");
            world.Crash();
            world.Disk.CrashAfter(operation);
            var whole = world.Open(withLoops: false);
            world.Crash();
            Settle(world);
            return whole;
        },
        least: 1);

    [Fact]
    public void A_crash_at_any_operation_of_an_hour_in_which_leftovers_are_removed_loses_nothing_and_doubles_nothing() => ForEachOperation(operation =>
    {
        using var world = new LifeWorld(operation) { Questions = { OnceIn = 0 } };
        Assert.True(world.Open(withLoops: true));
        Assert.True(world.Append(6));
        string[] left = [.. new[] { Ulid.NewUlid(), Ulid.NewUlid() }.Select(static block => $"{LifeProcess.Data}/{LifeWorld.Tenant}/head/{block}")];
        foreach (var folder in left)
        {
            world.Disk.CreateDirectory(folder);
        }

        world.Disk.CrashAfter(operation);
        world.Pass(TimeSpan.FromMinutes(62));
        var whole = !world.IsDead;
        Assert.True(!whole || !left.Any(world.Disk.Exists), "what was left is still there");
        world.Crash();
        Settle(world);
        return whole;
    });

    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(1, 1, true)]
    [InlineData(2, 25, false)]
    [InlineData(3, 25, true)]
    public void A_disk_that_fails_or_is_full_at_any_operation_loses_nothing_and_doubles_nothing(int kind, int times, bool full) => ForEachOperation(operation =>
    {
        // Each operation in one of the four ways, or in all.
        if (!IsLong && operation % 4 != kind)
        {
            return false;
        }

        using var world = Begun(operation);
        var faults = world.FailDisk(operation, times, full);
        Script(world);
        var isWhole = faults() == 0;
        world.Heal();

        // It goes on by itself, and again after a restart.
        if (world.Process.Log.IsOpen && world.Random.Next(2) == 0)
        {
            world.Process.Blocks.Start();
            world.Pass(Settling);
            world.Check();
        }

        world.Crash();
        Settle(world);
        return isWhole;
    });

    [Fact]
    public void Days_of_cuts_shipping_retention_crashes_and_faults_lose_nothing_and_double_nothing() =>
        ForEachSeed(IsLong ? Seeds * 20 : Seeds, static seed =>
        {
            using var world = new LifeWorld(seed) { Questions = { OnceIn = 100 } };
            var lives = world.Random.Next(2, 5);
            for (var life = 0; life < lives; life++)
            {
                if (world.Open(withLoops: true))
                {
                    if (life > 0)
                    {
                        world.Check();
                    }

                    OneLife(world);
                }

                world.Crash();
            }

            world.Heal();
            Settle(world);
            Assert.InRange(world.Profiles.Acknowledged, 1, int.MaxValue);
            Assert.InRange(world.Questions.Whole, 1, int.MaxValue);
        });

    [Fact]
    public void A_flush_that_is_asked_for_while_the_log_is_replayed_is_refused_and_costs_nothing()
    {
        using var world = new LifeWorld(1) { FlushesInReplay = true };
        Assert.True(world.Open(withLoops: false));
        Assert.Null(world.Process.FlushInReplay);
        Assert.True(world.Append(5) && world.Append(5));
        world.Crash();

        Assert.True(world.Open(withLoops: true));
        Assert.IsType<IOException>(world.Process.FlushInReplay!.Exception!.InnerException);
        world.Check();
        world.Pass(Settling);
        world.Check();
        world.CheckOwners();
    }

    [Fact]
    public void Two_processes_on_one_bucket_with_one_tenant_see_what_each_other_shipped_once() => ForEachSeed(IsLong ? 500 : 15, static seed =>
    {
        using var one = new LifeWorld(seed) { Questions = { OnceIn = 100 } };
        using var other = new LifeWorld(one) { Questions = { OnceIn = 100 } };
        Assert.True(one.Open(withLoops: true) && other.Open(withLoops: true));
        for (var step = 0; step < 12; step++)
        {
            // What one refused or did not answer for may come to the other.
            Assert.True(one.Append(one.Random.Next(1, 4), again: true) && other.Append(one.Random.Next(1, 4), again: true));
            var mishap = one.Random.Next(8);
            if (mishap < 2)
            {
                var dead = mishap == 0 ? one : other;
                dead.Crash();
                Assert.True(dead.Open(withLoops: true));
            }

            one.Pass(TimeSpan.FromMinutes(one.Random.Next(1, 100)), other);
        }

        one.Pass(TimeSpan.FromHours(10), other);
        one.Check();
        other.Check();
        one.CheckOwners();
        other.CheckOwners();

        // All is in the bucket now, and each sees all.
        one.CheckSeesAll();
        other.CheckSeesAll();
    });

    private static LifeWorld Begun(int seed)
    {
        var world = new LifeWorld(seed) { Questions = { OnceIn = 30 } };
        Assert.True(world.Open(withLoops: false));
        Assert.True(world.Append(6) && world.Append(6));
        return world;
    }

    private static bool Script(LifeWorld world)
    {
        world.Do(() => world.Process.Cutter.FlushAll("api", default));
        world.Append(4);
        world.Do(() => world.Process.Shipper.ShipAll(default));
        if (world.IsDead)
        {
            return false;
        }

        world.Time.Advance(TimeSpan.FromHours(7));
        world.Do(() => world.Process.Cutter.CutDue(default));
        world.Append(3);
        world.Do(() => world.Process.Shipper.ShipAll(default));
        world.Do(() => world.Process.Retention.RemoveDue(default));
        world.Append(3);
        return !world.IsDead;
    }

    private static void Settle(LifeWorld world)
    {
        Assert.True(world.Open(withLoops: true));
        world.Check();
        Assert.True(world.Append(2));
        world.Pass(Settling);
        Assert.False(world.IsDead);
        world.Check();
        world.CheckOwners();
    }

    private static void OneLife(LifeWorld world)
    {
        var random = world.Random;
        var steps = random.Next(4, 20);
        var crashAt = random.Next(3) == 0 ? steps : random.Next(steps);
        for (var step = 0; step < steps && !world.IsDead; step++)
        {
            if (step == crashAt && random.Next(2) == 0)
            {
                world.Disk.CrashAfter(random.Next(60));
            }
            else if (step == crashAt)
            {
                world.Store.CrashAfter(random.Next(6));
            }

            Misfortune(world);
            if (world.Append(random.Next(1, 5), again: true))
            {
                world.Pass(TimeSpan.FromMinutes(random.Next(1, 100)), steps: TimeSpan.FromMinutes(2));
            }
        }
    }

    private static void Misfortune(LifeWorld world)
    {
        var random = world.Random;
        world.Heal();
        switch (random.Next(14))
        {
            case 0 or 1:
                world.Store.IsDown = true;
                break;
            case 2 or 3:
                world.Store.Faults = new() { Failed = 0.2, DoneButFailed = 0.1, CutOff = 0.1, Throttled = 0.1, LostPuts = 0.05 };
                break;
            case 4:
                // A meta.json has no checksum: what a bit makes of it nobody can tell.
                world.Store.Faults = new() { Corrupted = 0.05, Truncated = 0.05, ListingDelay = TimeSpan.FromMinutes(10), Intact = "/meta.json" };
                break;
            case 5:
                world.Store.Faults = new() { Slow = 0.3, SlowFor = TimeSpan.FromMinutes(3), DoneButFailed = 0.2 };
                world.Questions.IsPaused = true;
                break;
            case 6:
                world.FailDisk(random.Next(40), random.Next(1, 60), full: random.Next(2) == 0);
                break;
            case 7:
                // Another filled it, up to a few blocks.
                world.FillDisk(random.Next(20_000));
                break;
            case 8:
                // Over the boundary of a block or of many, to and fro.
                world.Clock.Error = TimeSpan.FromMinutes(random.Next(-90, 90));
                break;
            case 9:
                world.Clock.Error = TimeSpan.FromHours(random.Next(-30, 30));
                break;
            default:
                break;
        }
    }

    // Until a life was not touched by it.
    private static void ForEachOperation(Func<int, bool> live, int least = 8)
    {
        for (var operation = 0; ; operation++)
        {
            try
            {
                if (live(operation))
                {
                    // A life has at least so many changes, as of the bucket two blocks of four files.
                    Assert.InRange(operation, least, int.MaxValue);
                    return;
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"operation {operation}: {e.Message}", e);
            }
        }
    }

    private static void ForEachSeed(int seeds, Action<int> live)
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("PYRO_SIMULATION_SEED"), out var seed) ? seed : -1;
        for (var i = Math.Max(0, first); i < (first < 0 ? seeds : first + 1); i++)
        {
            try
            {
                live(i);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"PYRO_SIMULATION_SEED={i}: {e.Message}", e);
            }
        }
    }
}
