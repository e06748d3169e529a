using System.Text;
using Pyro.Blocks.Meta;
using Pyro.Disk;
using Pyro.Ingester.Shipping;
using Pyro.Tests.Simulation.Life;

namespace Pyro.Tests.Unit.Shipping;

/// <summary>A local block whose meta.json cannot be read is known to be lacking, until the bucket has it.</summary>
public sealed class UnreadableBlockTests
{
    private const string Local = $"/data/{LifeWorld.Tenant}/local";

    [Fact]
    public void It_is_told_and_shown_and_marks_all_answers()
    {
        using var world = Flushed(1);
        var block = Assert.Single(world.Process.Heads.Held(LifeWorld.Tenant).Blocks).Ulid;
        Damage(world, block, static meta => meta[..^20]);
        Assert.True(world.Open(withLoops: false));

        Assert.Equal($"damaged blocks: {block}", Lacks(world));
        Assert.Contains($"{block}/meta.json", Assert.Single(world.Process.Quarantined), StringComparison.Ordinal);
        var page = BlocksPage.Render(world.Process.Heads, world.Process.Log, world.Process.Shipper, world.Process.Space);
        Assert.Contains($"<code>{block}</code></td><td>damaged: {block}/meta.json", page, StringComparison.Ordinal);

        // Its name does not tell up to which time it has rows: the slot may be long, and the clock may have been behind.
        Assert.Equal($"damaged blocks: {block}", Lacks(world, (block.Time + TimeSpan.FromDays(400)).ToUnixTimeMilliseconds()));

        // It is never shipped, nor taken for one that is.
        Assert.True(world.Do(async () => Assert.True(await world.Process.Shipper.ShipAll(default))));
        Assert.Empty(world.Bucket.Keys);
        Assert.True(world.Disk.Exists($"{Local}/{block}/meta.json"));

        // Repaired, it is served by the next start.
        Damage(world, block, _ => _sound[block]);
        Assert.True(world.Open(withLoops: false));
        Assert.Null(Lacks(world));
        world.Check();
    }

    [Fact]
    public void The_whole_block_in_the_bucket_stands_for_it()
    {
        using var world = Flushed(2);
        var block = Assert.Single(world.Process.Heads.Held(LifeWorld.Tenant).Blocks).Ulid;
        Assert.True(world.Do(async () => Assert.True(await world.Process.Shipper.ShipAll(default))));
        Damage(world, block, static _ => []);
        Assert.True(world.Open(withLoops: false));
        Assert.Single(world.Process.Quarantined);
        world.Check();
        Assert.Null(Lacks(world));
    }

    [Fact]
    public void One_that_the_disk_does_not_give_keeps_no_other_from_being_served()
    {
        using var world = Flushed(4);
        var block = Assert.Single(world.Process.Heads.Held(LifeWorld.Tenant).Blocks).Ulid;
        Assert.True(world.Append(1));
        Assert.True(world.Do(() => world.Process.Cutter.FlushAll("api", default)));
        Damage(world, block, static _ => new byte[17 << 20]);
        Assert.True(world.Open(withLoops: false));
        Assert.Equal($"damaged blocks: {block}", Lacks(world));
        Assert.Contains("cannot be read", Assert.Single(world.Process.Quarantined), StringComparison.Ordinal);
        Assert.Single(world.Process.Heads.Held(LifeWorld.Tenant).Blocks);
    }

    [Fact]
    public void One_of_a_later_version_is_named_by_that()
    {
        using var world = Flushed(3);
        var block = Assert.Single(world.Process.Heads.Held(LifeWorld.Tenant).Blocks).Ulid;
        Damage(world, block, static meta => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(meta).Replace("\"version\": 3", "\"version\": 7", StringComparison.Ordinal)));
        Assert.True(world.Open(withLoops: false));
        Assert.Equal($"blocks whose version is not supported: {block} (version 7)", Lacks(world));
        Assert.Contains("of version 7, which is not supported", BlocksPage.Render(world.Process.Heads, world.Process.Log, world.Process.Shipper, world.Process.Space), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_log_has_left_of_it_is_answered_but_does_not_pass_for_it()
    {
        // The process dies at each moment of the flush: after some of them the block is there, and its records are still in the log.
        var (found, logged) = (0, 0);
        for (var operation = 0; ; operation++)
        {
            using var world = new LifeWorld(operation) { Questions = { OnceIn = 0 }, Counts = false };
            Assert.True(world.Open(withLoops: false) && world.Append(6));
            world.Disk.CrashAfter(operation);
            if (world.Do(() => world.Process.Cutter.FlushAll("api", default)))
            {
                break;
            }

            world.Crash();
            foreach (var block in Names(world))
            {
                found++;
                Damage(world, block, static _ => [1, 2, 3]);
            }

            var damaged = Names(world);
            for (var life = 0; life < 2 && damaged.Count > 0; life++)
            {
                Assert.True(world.Open(withLoops: false));
                foreach (var block in damaged)
                {
                    // Neither it nor the bucket's may go before what the log has left of it.
                    var isLeft = world.Process.Heads.Of(LifeWorld.Tenant).Find(world.Process.Blocks.Unreadable.NameOf(LifeWorld.Tenant, block)) is not null;
                    Assert.Equal(isLeft, world.Process.Blocks.Unreadable.IsLogged(block));
                    logged += isLeft ? 1 : 0;
                }

                Assert.True(world.Do(async () => world.Profiles.Check((await world.Process.Querier.Totals(LifeWorld.Tenant)).Totals, world.Profiles.Known(0))));
                Assert.Equal($"damaged blocks: {string.Join(", ", damaged)}", Lacks(world));
                Assert.True(world.Do(() => world.Process.Cutter.FlushAll("api", default)));
                Assert.True(world.Do(async () => Assert.True(await world.Process.Shipper.ShipAll(default))));
                Assert.DoesNotContain(world.Bucket.Keys, key => damaged.Exists(block => key.Contains(block.ToString(), StringComparison.Ordinal)));
                Assert.Equal(0, world.Process.Log.Size.Count);
            }

            // Repaired it stands beside what was taken up of the log, and all counts once.
            damaged.ForEach(block => Damage(world, block, _ => _sound[block]));
            Assert.True(world.Do(() => world.Process.Blocks.Unreadable.FindAgain(default)));
            Assert.Null(Lacks(world));
            Assert.True(world.Do(async () => world.Profiles.Check((await world.Process.Querier.Totals(LifeWorld.Tenant)).Totals, world.Profiles.Known(0))));
        }

        Assert.InRange(found, 1, int.MaxValue);
        Assert.InRange(logged, 1, int.MaxValue);
    }

    [Fact]
    public void One_that_can_be_read_again_is_served_and_shipped_within_the_hour()
    {
        using var world = Flushed(5);
        var block = Assert.Single(world.Process.Heads.Held(LifeWorld.Tenant).Blocks).Ulid;
        world.Disk.Fault = static (operation, path) => operation == DiskOperation.Read && path.StartsWith(Local, StringComparison.Ordinal) ? ForgettingDisk.Broken(path) : null;
        Assert.True(world.Open(withLoops: true));
        world.Heal();
        world.Pass(TimeSpan.FromMinutes(58));
        Assert.Equal($"damaged blocks: {block}", Lacks(world));
        Assert.Empty(world.Bucket.Keys);

        world.Pass(TimeSpan.FromMinutes(3));
        Assert.Null(Lacks(world));
        Assert.Contains(BlockPaths.File(LifeWorld.Tenant, block, BlockPaths.Meta), world.Bucket.Keys);
        var held = world.Process.Heads.Held(LifeWorld.Tenant);
        Assert.Empty(held.Unreadable);
        Assert.Equal(block, Assert.Single(held.Blocks).Ulid);
        world.Check();
    }

    [Fact]
    public void One_that_is_removed_by_hand_marks_no_answer_within_the_hour()
    {
        using var world = Flushed(6);
        var block = Assert.Single(world.Process.Heads.Held(LifeWorld.Tenant).Blocks).Ulid;
        Damage(world, block, static _ => []);
        Assert.True(world.Open(withLoops: true));
        Assert.NotNull(Lacks(world));
        world.Disk.Delete($"{Local}/{block}");
        world.Pass(TimeSpan.FromMinutes(61));
        Assert.Null(Lacks(world));
        Assert.Empty(world.Process.Heads.Held(LifeWorld.Tenant).Unreadable);
    }

    [Fact]
    public void One_that_the_bucket_has_goes_when_it_is_old_and_one_that_it_has_not_stays()
    {
        foreach (var isStored in (bool[])[true, false])
        {
            using var world = Flushed(7);
            var block = Assert.Single(world.Process.Heads.Held(LifeWorld.Tenant).Blocks).Ulid;
            Assert.True(world.Do(async () => Assert.True(await world.Process.Shipper.ShipAll(default))));
            if (!isStored)
            {
                Assert.True(world.Do(async () => await world.Bucket.Delete(BlockPaths.File(LifeWorld.Tenant, block, BlockPaths.Index), default)));
            }

            Damage(world, block, static _ => []);
            Assert.True(world.Open(withLoops: true));
            world.Pass(TimeSpan.FromHours(6) - TimeSpan.FromMinutes(5));
            Assert.True(world.Disk.Exists($"{Local}/{block}"));
            world.Pass(TimeSpan.FromHours(1));
            Assert.Equal(isStored, !world.Disk.Exists($"{Local}/{block}"));
            Assert.Equal(isStored, world.Process.Heads.Held(LifeWorld.Tenant).Unreadable.Length == 0);
            if (isStored)
            {
                Assert.Null(Lacks(world));
                world.Check();
            }
        }
    }

    private readonly Dictionary<Ulid, byte[]> _sound = [];

    private static LifeWorld Flushed(int seed)
    {
        // One profile, so that there is one block.
        var world = new LifeWorld(seed) { Questions = { OnceIn = 0 }, Counts = false };
        Assert.True(world.Open(withLoops: false) && world.Append(1));
        Assert.True(world.Do(() => world.Process.Cutter.FlushAll("api", default)));
        return world;
    }

    private static string? Lacks(LifeWorld world, long from = 0)
    {
        string? lacks = null;
        Assert.True(world.Do(async () => lacks = (await world.Process.Querier.Totals(LifeWorld.Tenant, from)).Lacks));
        Assert.True(world.Do(async () => Assert.True(from > 0 || lacks == await world.Process.Querier.StatsLack(LifeWorld.Tenant))));
        return lacks;
    }

    private static List<Ulid> Names(LifeWorld world) =>
        [.. world.Disk.List(Local).Where(static e => e.IsDirectory).Select(static e => Ulid.Parse(e.Name)).Order()];

    private void Damage(LifeWorld world, Ulid block, Func<byte[], byte[]> change) => Assert.True(world.Do(async () =>
    {
        var path = $"{Local}/{block}/{BlockPaths.Meta}";
        var meta = await world.Disk.ReadAll(path, 1 << 20, default);
        _sound.TryAdd(block, meta);
        await world.Disk.Replace(path, change(meta), default);
    }));
}
