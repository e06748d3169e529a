namespace Pyro.Tests.Simulation.Life;

/// <summary>
/// Heads become blocks, blocks go to the bucket, local copies go: with a crash at every operation of disk and bucket, and for days of
/// virtual time with crashes and faults. After each restart what was acknowledged is readable and counted once, and nothing lies about.
/// </summary>
public sealed class LifeTests
{
    private const int Seeds = 100;
    private static readonly TimeSpan Settling = TimeSpan.FromHours(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_crash_at_any_operation_loses_nothing_and_doubles_nothing(bool ofBucket)
    {
        var crashes = 0;
        for (var operation = 0; ; operation++)
        {
            try
            {
                if (OneLifeCutShort(operation, ofBucket))
                {
                    break;
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"operation {operation}: {e.Message}", e);
            }

            crashes++;
        }

        // A life has at least so many changes of the bucket: two blocks of four files.
        Assert.InRange(crashes, 8, int.MaxValue);
    }

    [Fact]
    public void Days_of_cuts_shipping_retention_crashes_and_faults_lose_nothing_and_double_nothing()
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("PYRO_SIMULATION_SEED"), out var seed) ? seed : 0;
        var seeds = Environment.GetEnvironmentVariable("PYRO_LONG") is null ? Seeds : Seeds * 30;
        var last = first == 0 ? seeds : first + 1;
        for (var i = first; i < last; i++)
        {
            try
            {
                Days(i);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"PYRO_SIMULATION_SEED={i}: {e.Message}", e);
            }
        }
    }

    // True when the life went to its end without a crash.
    private static bool OneLifeCutShort(int operation, bool ofBucket)
    {
        using var world = new LifeWorld(operation);
        Assert.True(world.Open(withLoops: false));
        Assert.True(world.Append(6));
        Assert.True(world.Append(6));
        if (ofBucket)
        {
            world.Store.CrashAfter(operation);
        }
        else
        {
            world.Disk.CrashAfter(operation);
        }

        var whole = Script(world);
        Restart(world);
        return whole;
    }

    private static bool Script(LifeWorld world)
    {
        if (!world.Do(() => world.Cutter.FlushAll("api", default)) || !world.Append(4) || !world.Do(() => world.Shipper.ShipAll(default)))
        {
            return false;
        }

        world.Time.Advance(TimeSpan.FromHours(7));
        return world.Do(() => world.Cutter.CutDue(default)) && world.Append(3) && world.Do(() => world.Shipper.ShipAll(default))
            && world.Do(() => world.Retention.RemoveDue(default)) && world.Append(3) && !world.IsDead;
    }

    private static void Restart(LifeWorld world)
    {
        world.Crash();
        Assert.True(world.Open(withLoops: true));
        world.Check();
        Assert.True(world.Append(2));
        world.Pass(Settling);
        Assert.False(world.IsDead);
        world.Check();
        world.CheckOwners();
    }

    private static void Days(int seed)
    {
        using var world = new LifeWorld(seed);
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

        world.Store.Faults = new();
        world.Store.IsDown = false;
        Restart(world);
        Assert.InRange(world.Acknowledged, 1, int.MaxValue);
    }

    private static void OneLife(LifeWorld world)
    {
        var random = world.Random;
        var steps = random.Next(5, 40);
        var crashAt = random.Next(3) == 0 ? steps : random.Next(steps);
        for (var step = 0; step < steps && !world.IsDead; step++)
        {
            if (step == crashAt)
            {
                if (random.Next(2) == 0)
                {
                    world.Disk.CrashAfter(random.Next(60));
                }
                else
                {
                    world.Store.CrashAfter(random.Next(6));
                }
            }

            world.Store.IsDown = random.Next(6) == 0;
            world.Store.Faults = random.Next(3) == 0
                ? new() { Failed = 0.2, DoneButFailed = 0.1, CutOff = 0.1, Throttled = 0.1, LostPuts = 0.05 } : new();
            if (world.Append(random.Next(1, 5)))
            {
                world.Pass(TimeSpan.FromMinutes(random.Next(1, 100)));
            }
        }
    }
}
