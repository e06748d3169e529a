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
    public async Task What_is_in_a_folder_that_may_not_be_looked_into_is_not_said_to_be_gone()
    {
        var disk = new ForgettingDisk(1);
        var store = Open(disk);
        await Put(store, "acme/block/meta", 1);
        disk.IsClosed = static path => path == "/bucket/acme/block";
        Assert.Equal(["acme/block/"], await store.List("acme/", recursive: false, None).Select(static e => e.Key).ToArrayAsync(None));
        await Denied(() => store.Get("acme/block/meta", None).AsTask());
        await Denied(() => store.Attributes("acme/block/other", None).AsTask());
        await Denied(() => store.Delete("acme/block/meta", None).AsTask());
        await Denied(() => store.Put("acme/block/meta", ObjectBody.Of(new byte[1]), PutMode.CreateOnly, None).AsTask());

        static async Task Denied(Func<Task> call) => Assert.Equal(StoreFault.Denied, (await Assert.ThrowsAsync<ObjectStoreException>(call)).Fault);
    }

    /// <summary>The system refuses a loop of links to everybody, and as little can be told of what lies behind it as behind a dead mount.</summary>
    [Theory]
    [InlineData("acme", true)]
    [InlineData("", true)]
    [InlineData("", false)]
    public async Task A_folder_that_cannot_be_looked_into_is_not_empty(string broken, bool isLoop)
    {
        var above = Directory.CreateTempSubdirectory("pyro-broken-").FullName;
        try
        {
            var root = Path.Join(above, "bucket");
            var path = Path.TrimEndingDirectorySeparator(Path.Join(root, broken));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (isLoop)
            {
                File.CreateSymbolicLink(path, path);
            }
            else
            {
                await File.WriteAllTextAsync(path, "", None);
            }

            var store = Open(new PhysicalDisk(), root: root);
            foreach (var recursive in (bool[])[true, false])
            {
                await Refused(() => store.List("acme/phlaredb/", recursive, None).ToListAsync(None).AsTask());
            }

            if (broken.Length == 0)
            {
                await Refused(() => Keys(store, recursive: false));
            }
            else
            {
                // The others are seen, and so is that there is something.
                await Put(store, "zed/x", 1);
                Assert.Equal(["acme/", "zed/"], (await Keys(store, recursive: false)).Where(static key => !key.StartsWith('_')));
            }

            await Refused(() => store.Get("acme/phlaredb/x", None).AsTask());
        }
        finally
        {
            Directory.Delete(above, recursive: true);
        }

        static async Task Refused(Func<Task> call)
        {
            var refused = await Assert.ThrowsAsync<ObjectStoreException>(call);
            Assert.Equal((StoreFault.Unavailable, "storage.filesystem.dir"), (refused.Fault, refused.Setting));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bucket_that_was_there_and_is_gone_is_not_empty_and_is_not_made_anew(bool wasPut)
    {
        var above = Directory.CreateTempSubdirectory("pyro-gone-").FullName;
        try
        {
            var (root, away) = (Path.Join(above, "bucket"), Path.Join(above, "away"));
            var store = Open(new PhysicalDisk(), root: root);
            Assert.Empty(await Keys(store));
            await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await store.Get("a/b", None));
            await store.Delete("a/b", None);
            if (wasPut)
            {
                await Put(store, "a/b", 1);
            }
            else
            {
                Directory.CreateDirectory(root);
                Assert.Empty(await Keys(store));
            }

            Directory.Move(root, away);
            foreach (var call in (Func<Task>[])[
                () => Keys(store), () => Keys(store, recursive: false), () => store.List("a/", recursive: true, None).ToListAsync(None).AsTask(),
                () => store.Get("a/b", None).AsTask(), () => store.Attributes("a/b", None).AsTask(), () => store.Delete("a/b", None).AsTask(),
                () => Put(store, "a/b", 1).AsTask(), () => Put(store, "a/c", 1).AsTask()])
            {
                var refused = await Assert.ThrowsAsync<ObjectStoreException>(call);
                Assert.Equal((StoreFault.Unavailable, "storage.filesystem.dir"), (refused.Fault, refused.Setting));
                Assert.Contains("the folder is not there", refused.Message, StringComparison.Ordinal);
            }

            Assert.False(Directory.Exists(root));
            Directory.Move(away, root);
            Assert.Equal(wasPut ? ["a/b"] : [], await Keys(store));
            await Put(store, "a/c", 1);
        }
        finally
        {
            Directory.Delete(above, recursive: true);
        }
    }

    [Fact]
    public async Task The_same_fault_is_told_in_the_same_words()
    {
        var disk = new ForgettingDisk(1);
        await Put(Open(disk), "a", 1);
        var store = Open(disk);
        disk.IsClosed = static path => path.EndsWith("/pyro-unfinished", StringComparison.Ordinal);
        disk.Fault = static (operation, path) => operation == DiskOperation.Create ? ForgettingDisk.Broken(path) : null;
        var told = new HashSet<string>();
        for (var i = 0; i < 20; i++)
            told.Add((await Assert.ThrowsAsync<ObjectStoreException>(async () => await Put(store, "a", 1))).Message);
        Assert.Equal(
            "filesystem /bucket: cannot write 'a': the disk refused, see storage.filesystem.dir: Input/output error: '/bucket/__pyroscope_cluster/pyro-unfinished'.",
            Assert.Single(told));
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
