using Microsoft.Extensions.Time.Testing;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Verifying;
using Pyro.Disk;
using Pyro.ObjectStore;
using Pyro.ObjectStore.Filesystem;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>What a bucket in a folder promises beyond others: what a crash leaves, and what its disk refuses.</summary>
public sealed class FilesystemStoreTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>Puts, replacements, creates and deletes with a crash at each step of the disk: what was confirmed is there, what was not is whole.</summary>
    [Fact]
    public async Task A_crash_at_any_step_leaves_old_or_new()
    {
        var crashes = 0;
        for (var seed = 0; seed < 25; seed++)
        {
            for (var step = 0; ; step++)
            {
                if (!await CrashAt(seed, step))
                    break;
                crashes++;
            }
        }
        Assert.InRange(crashes, 400, int.MaxValue);
    }

    [Fact]
    public async Task What_writers_left_is_never_listed_and_goes_in_time()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        var disk = new ForgettingDisk(3, time);
        var store = Open(disk, time);
        await Put(store, "a", 1);
        disk.CrashAfter(3);
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await Put(store, "b", 200));
        disk.Crash(keepSome: true);
        using (var file = disk.Create("/bucket/__pyroscope_cluster/pyro-unfinished/left"))
            await file.Append(new byte[3], None);
        Assert.Equal(["a"], await Keys(store));
        store = Open(disk, time);
        await Put(store, "c", 1);
        Assert.Contains(disk.List("/bucket/__pyroscope_cluster/pyro-unfinished"), e => e.Name == "left");
        time.Advance(TimeSpan.FromMinutes(61));
        await Put(store, "d", 1);
        Assert.Empty(disk.List("/bucket/__pyroscope_cluster/pyro-unfinished"));
        Assert.Equal(["a", "c", "d"], await Keys(store));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await Put(store, "__pyroscope_cluster/pyro-unfinished/x", 1));
    }

    [Fact]
    public async Task An_empty_folder_is_not_seen()
    {
        var disk = new ForgettingDisk(1);
        var store = Open(disk);
        disk.CreateDirectory("/bucket/a/b/c");
        Assert.Empty(await Keys(store, recursive: false));
        await Put(store, "a/b/d", 1);
        Assert.Equal(["a/"], await Keys(store, recursive: false));
    }

    [Fact]
    public async Task Lost_and_found_that_may_not_be_looked_into_hides_nothing_else_and_is_told_when_asked_for()
    {
        var disk = new ForgettingDisk(1);
        var store = Open(disk);
        await Put(store, "a/b/c", 1);
        await Put(store, "lost+found/x", 1);
        await Put(store, "z", 1);
        disk.IsClosed = static path => path.TrimEnd('/') == "/bucket/lost+found";
        Assert.Equal(["a/", "z"], await Keys(store, recursive: false));
        Assert.Equal(["a/b/c", "z"], await Keys(store));
        var refused = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.List("lost+found/", recursive: true, None).ToListAsync());
        Assert.Equal(StoreFault.Denied, refused.Fault);
    }

    [Fact]
    public async Task No_other_folder_that_may_not_be_looked_into_is_passed_over()
    {
        var disk = new ForgettingDisk(1);
        var store = Open(disk);
        await Put(store, "acme/phlaredb/x", 1);
        await Put(store, "team/phlaredb/x", 1);
        foreach (var closed in (string[])["/bucket", "/bucket/acme", "/bucket/acme/phlaredb"])
        {
            // An answer that lacks what is in it would be wrong; that it is there can be said.
            disk.IsClosed = path => $"{path.TrimEnd('/')}/".StartsWith(closed + "/", StringComparison.Ordinal);
            Assert.Equal(StoreFault.Denied, (await Assert.ThrowsAsync<ObjectStoreException>(() => Keys(store))).Fault);
            if (closed == "/bucket")
            {
                Assert.Equal(StoreFault.Denied, (await Assert.ThrowsAsync<ObjectStoreException>(() => Keys(store, recursive: false))).Fault);
                continue;
            }

            Assert.Equal(["acme/", "team/"], await Keys(store, recursive: false));
            Assert.Equal(["acme", "team"], await new StoredBlocks(store).Tenants(None).ToListAsync(None));
            var refused = await Assert.ThrowsAsync<ObjectStoreException>(async () => await new StoredBlocks(store).Blocks("acme", None).ToListAsync(None));
            Assert.Equal(StoreFault.Denied, refused.Fault);
            refused = await Assert.ThrowsAsync<ObjectStoreException>(async () => await TenantFolders.Find(store, "", None).ToListAsync(None));
            Assert.Equal(StoreFault.Denied, refused.Fault);
        }
    }

    [Fact]
    public async Task Of_many_that_create_one_wins_and_nobody_else_is_confirmed()
    {
        var folder = Directory.CreateTempSubdirectory("pyro-create-").FullName;
        try
        {
            var stores = Enumerable.Range(0, 4).Select(i => Open(new PhysicalDisk(), root: folder, seed: i)).ToArray();
            for (var round = 0; round < 25; round++)
            {
                var key = $"lease/{round}";
                var won = 0;
                await Parallel.ForEachAsync(Enumerable.Range(0, 4), async (i, _) =>
                {
                    try
                    {
                        await stores[i].Put(key, ObjectBody.Of(new[] { (byte)i }), PutMode.CreateOnly, None);
                        Interlocked.Add(ref won, 1 + (i << 8));
                    }
                    catch (ObjectExistsException)
                    {
                    }
                });
                Assert.Equal(1, won & 0xff);
                Assert.Equal([(byte)(won >> 8)], await stores[0].ReadAll(key, 10, None));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_is_not_an_object_and_a_folder(bool physical)
    {
        var folder = Directory.CreateTempSubdirectory("pyro-conflict-").FullName;
        try
        {
            var store = physical ? Open(new PhysicalDisk(), root: folder) : Open(new ForgettingDisk(1));
            await Put(store, "a", 1);
            await Put(store, "f/g/h", 1);
            foreach (var key in (string[])["a/b", "a/b/c", "f", "f/g"])
            {
                foreach (var mode in (PutMode[])[PutMode.Replace, PutMode.CreateOnly])
                {
                    var error = await Assert.ThrowsAnyAsync<ObjectStoreException>(async () => await store.Put(key, ObjectBody.Of(new byte[1]), mode, None));
                    Assert.True(error.Fault is StoreFault.InvalidKey || (mode == PutMode.CreateOnly && error.Fault is StoreFault.Exists), error.Message);
                }
                await store.Delete(key, None);
            }
            Assert.Equal(["a", "f/g/h"], await Keys(store));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_full_disk_is_told_and_leaves_nothing()
    {
        var disk = new ForgettingDisk(1) { Capacity = 1000 };
        var store = Open(disk);
        await Put(store, "a", 600);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await Put(store, "b", 600));
        Assert.Equal((StoreFault.Full, "storage.filesystem.dir"), (error.Fault, error.Setting));
        Assert.Equal(["a"], await Keys(store));
        Assert.Empty(disk.List("/bucket/__pyroscope_cluster/pyro-unfinished"));
        await Put(store, "a", 300);
    }

    [Fact]
    public async Task A_disk_that_refuses_is_named()
    {
        var disk = new ForgettingDisk(1);
        var store = Open(disk);
        await Put(store, "t/a", 5);
        disk.Fault = (operation, path) => operation is DiskOperation.Read or DiskOperation.Sync or DiskOperation.Delete ? ForgettingDisk.Broken(path) : null;
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ReadAll("t/a", 10, None));
        Assert.Equal((StoreFault.Unavailable, "storage.filesystem.dir"), (error.Fault, error.Setting));
        Assert.StartsWith("filesystem /bucket: cannot read 't/a'", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetRange("t/a", 0, new byte[1], None));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await Put(store, "t/b", 5));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.Delete("t/a", None));
        disk.Fault = null;
        Assert.Equal(["t/a"], await Keys(store));
    }

    private static async Task<bool> CrashAt(int seed, int step)
    {
        var random = new Random(seed);
        var disk = new ForgettingDisk(seed);
        var store = Open(disk);
        var kept = new Dictionary<string, byte[]>();
        for (var i = 0; i < 3; i++)
            await Apply(store, random, kept);
        disk.CrashAfter(step);
        (string Key, byte[]? Content)? doubtful = null;
        for (var i = 0; i < 4 && doubtful is null; i++)
            doubtful = await Apply(store, random, kept);
        disk.Crash(keepSome: random.Next(2) == 0);
        var after = Open(disk, seed: seed + 1);
        var found = new Dictionary<string, byte[]>();
        foreach (var key in await Keys(after))
            found[key] = await after.ReadAll(key, 1 << 20, None);
        if (doubtful is { } change)
        {
            var there = found.GetValueOrDefault(change.Key);
            Assert.True(Same(there, change.Content) || Same(there, kept.GetValueOrDefault(change.Key)), $"seed {seed}, step {step}: '{change.Key}' is neither old nor new");
            found.Remove(change.Key);
            kept.Remove(change.Key);
        }
        Assert.Equal(kept.OrderBy(k => k.Key, StringComparer.Ordinal), found.OrderBy(k => k.Key, StringComparer.Ordinal));
        await Put(after, "later/x", 1);
        return doubtful is not null;

        static bool Same(byte[]? a, byte[]? b) => a is null ? b is null : b is not null && a.AsSpan().SequenceEqual(b);
    }

    /// <summary>Makes one change; null when it was confirmed, else what it was.</summary>
    private static async Task<(string Key, byte[]? Content)?> Apply(FilesystemStore store, Random random, Dictionary<string, byte[]> kept)
    {
        var key = $"t{random.Next(2)}/b{random.Next(2)}/{random.Next(2)}";
        var content = random.Next(3) == 0 ? null : new byte[random.Next(600)];
        random.NextBytes(content ?? []);
        try
        {
            if (content is null)
                await store.Delete(key, None);
            else
                await store.Put(key, ObjectBody.Of(content), kept.ContainsKey(key) ? PutMode.Replace : PutMode.CreateOnly, None);
            kept.Remove(key);
            if (content is not null)
                kept[key] = content;
            return null;
        }
        catch (ObjectStoreException e) when (e.InnerException is DiskCrashException)
        {
            return (key, content);
        }
    }

    private static FilesystemStore Open(IDisk disk, TimeProvider? time = null, string root = "/bucket", int seed = 1) =>
        new(disk, root, time ?? TimeProvider.System, new Random(seed));

    private static ValueTask Put(FilesystemStore store, string key, int length) => store.Put(key, ObjectBody.Of(new byte[length]), PutMode.Replace, None);

    private static async Task<string[]> Keys(FilesystemStore store, bool recursive = true)
    {
        var keys = new List<string>();
        await foreach (var entry in store.List("", recursive, None))
            keys.Add(entry.Key);
        return [.. keys];
    }
}
