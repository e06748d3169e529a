using Microsoft.Extensions.Time.Testing;
using Pyro.Disk;

namespace Pyro.Tests.Unit.Disk;

public sealed class ForgettingDiskTests
{
    [Fact]
    public async Task Synced_bytes_survive_and_of_the_others_only_a_prefix()
    {
        var lengths = new HashSet<long>();
        for (int seed = 0; seed < 200; seed++)
        {
            ForgettingDisk disk = Open(seed);
            using IDiskFile file = disk.Create("/d/a");
            disk.SyncDirectory("/d");
            await file.Append(new byte[] { 1, 2, 3 }, CancellationToken.None);
            await file.Sync(CancellationToken.None);
            await file.Append(new byte[] { 4, 5, 6, 7 }, CancellationToken.None);
            disk.Crash();
            byte[] left = await disk.ReadAll("/d/a", 100, CancellationToken.None);
            Assert.Equal([1, 2, 3], left[..3]);
            lengths.Add(left.Length);
            await Assert.ThrowsAsync<DiskCrashException>(async () => await file.Sync(CancellationToken.None));
        }

        Assert.Equal([3, 4, 5, 6, 7], lengths.Order());
    }

    [Fact]
    public async Task Names_survive_by_the_sync_of_their_directory_alone()
    {
        ForgettingDisk disk = Open(1);
        await Put(disk, "/d/kept", 1);
        await Put(disk, "/d/deleted", 2);
        await Put(disk, "/d/renamed", 3);
        disk.SyncDirectory("/d");
        await Put(disk, "/d/new", 4);
        disk.Delete("/d/deleted");
        disk.Rename("/d/renamed", "/d/other");
        disk.Crash();
        Assert.Equal(["deleted", "kept", "renamed"], disk.List("/d").Select(e => e.Name));

        disk.Delete("/d/deleted");
        disk.Rename("/d/renamed", "/d/other");
        disk.SyncDirectory("/d");
        disk.Crash();
        Assert.Equal(["kept", "other"], disk.List("/d").Select(e => e.Name));
    }

    [Theory]
    [InlineData("/d")]
    [InlineData("/e")]
    [InlineData(null)]
    public async Task A_rename_between_directories_survives_in_both_or_in_none(string? synced)
    {
        ForgettingDisk disk = Open(1);
        disk.CreateDirectory("/e");
        await Put(disk, "/d/a", 1);
        disk.SyncDirectory("/d");
        disk.Rename("/d/a", "/e/b");
        if (synced is not null)
        {
            disk.SyncDirectory(synced);
        }

        disk.Crash();
        Assert.Equal(synced is null ? ["a"] : [], disk.List("/d").Select(e => e.Name));
        Assert.Equal(synced is null ? [] : ["b"], disk.List("/e").Select(e => e.Name));
    }

    [Fact]
    public async Task What_a_failed_sync_was_for_never_arrives()
    {
        ForgettingDisk disk = Open(1);
        using IDiskFile file = disk.Create("/d/a");
        disk.SyncDirectory("/d");
        await file.Append(new byte[] { 1, 2 }, CancellationToken.None);
        disk.Fault = (operation, path) => operation == DiskOperation.Sync ? ForgettingDisk.Broken(path) : null;
        await Assert.ThrowsAsync<IOException>(async () => await file.Sync(CancellationToken.None));
        disk.Fault = null;
        await file.Append(new byte[] { 3 }, CancellationToken.None);
        await file.Sync(CancellationToken.None);
        disk.Crash();
        Assert.Equal([0, 0, 3], await disk.ReadAll("/d/a", 100, CancellationToken.None));
    }

    [Fact]
    public async Task A_crash_comes_after_so_many_operations_and_stops_everything()
    {
        ForgettingDisk disk = Open(1);
        disk.CrashAfter(2);
        using IDiskFile file = disk.Create("/d/a");
        disk.SyncDirectory("/d");
        await Assert.ThrowsAsync<DiskCrashException>(async () => await file.Append(new byte[10], CancellationToken.None));
        Assert.Throws<DiskCrashException>(() => disk.Create("/d/b"));
        disk.Crash();
        Assert.InRange((await disk.ReadAll("/d/a", 100, CancellationToken.None)).Length, 0, 10);
        disk.Create("/d/b").Dispose();
    }

    [Fact]
    public async Task A_full_disk_takes_what_fits_and_says_so()
    {
        ForgettingDisk disk = Open(1);
        disk.Capacity = 5;
        using IDiskFile file = disk.Create("/d/a");
        IOException full = await Assert.ThrowsAsync<IOException>(async () => await file.Append(new byte[8], CancellationToken.None));
        Assert.True(DiskErrors.IsFull(full));
        Assert.False(DiskErrors.IsFull(ForgettingDisk.Broken("/d/a")));
        Assert.Equal((5, 0), (file.Length, disk.FreeBytes("/d")));
    }

    [Fact]
    public async Task A_slow_disk_takes_its_time()
    {
        var clock = new FakeTimeProvider();
        var disk = new ForgettingDisk(1, clock) { Delay = _ => TimeSpan.FromSeconds(1) };
        disk.CreateDirectory("/d");
        using IDiskFile file = disk.Create("/d/a");
        Task append = file.Append(new byte[1], CancellationToken.None).AsTask();
        Assert.False(append.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        await append;
    }

    [Fact]
    public void Locks_end_with_the_crash()
    {
        ForgettingDisk disk = Open(1);
        IDisposable held = disk.TryLock("/d/lock")!;
        disk.Crash();
        IDisposable? again = disk.TryLock("/d/lock");
        Assert.NotNull(again);
        held.Dispose();
        Assert.Null(disk.TryLock("/d/lock"));
    }

    private static ForgettingDisk Open(int seed)
    {
        var disk = new ForgettingDisk(seed);
        disk.CreateDirectory("/d");
        return disk;
    }

    private static async Task Put(ForgettingDisk disk, string path, byte content)
    {
        using IDiskFile file = disk.Create(path);
        await file.Append(new[] { content }, CancellationToken.None);
        await file.Sync(CancellationToken.None);
    }
}
