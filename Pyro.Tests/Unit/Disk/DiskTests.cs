using Pyro.Disk;

namespace Pyro.Tests.Unit.Disk;

/// <summary>What both disks promise.</summary>
public sealed class DiskTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pyro-disk-").FullName;

    public static TheoryData<bool> Disks => [true, false];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task Bytes_appended_are_read_back_at_any_offset(bool physical)
    {
        (IDisk disk, string root) = Open(physical);
        using (IDiskFile file = disk.Create(root + "/a"))
        {
            await file.Append([new byte[] { 1, 2 }, Array.Empty<byte>(), new byte[] { 3 }], CancellationToken.None);
            await file.Append(new byte[] { 4, 5 }, CancellationToken.None);
            await file.Sync(CancellationToken.None);
            Assert.Equal(5, file.Length);
            byte[] own = new byte[2];
            Assert.Equal(2, await file.Read(own, 1, CancellationToken.None));
            Assert.Equal([2, 3], own);
        }

        using IDiskFile again = disk.OpenRead(root + "/a");
        byte[] buffer = new byte[10];
        Assert.Equal(2, await again.Read(buffer, 3, CancellationToken.None));
        Assert.Equal([4, 5], buffer[..2]);
        Assert.Equal(0, await again.Read(buffer, 5, CancellationToken.None));
        Assert.Equal(0, await again.Read(buffer, 50, CancellationToken.None));
        Assert.Equal([1, 2, 3, 4, 5], await disk.ReadAll(root + "/a", 5, CancellationToken.None));
        await Assert.ThrowsAsync<IOException>(async () => await disk.ReadAll(root + "/a", 4, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public void A_file_is_made_only_once_and_in_a_directory_that_is_there(bool physical)
    {
        (IDisk disk, string root) = Open(physical);
        disk.Create(root + "/a").Dispose();
        Assert.Throws<IOException>(() => disk.Create(root + "/a"));
        Assert.Throws<DirectoryNotFoundException>(() => disk.Create(root + "/x/a"));
        Assert.Throws<FileNotFoundException>(() => disk.OpenRead(root + "/b"));
        Assert.ThrowsAny<IOException>(() => disk.SyncDirectory(root + "/x"));
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task Names_are_listed_moved_and_deleted(bool physical)
    {
        (IDisk disk, string root) = Open(physical);
        disk.CreateDirectory(root + "/d/e");
        disk.CreateDirectory(root + "/d/e");
        using (IDiskFile file = disk.Create(root + "/d/b"))
        {
            await file.Append(new byte[3], CancellationToken.None);
        }

        disk.Create(root + "/d/a").Dispose();
        disk.SyncDirectory(root + "/d");
        Assert.Equal([("a", false, 0L), ("b", false, 3L), ("e", true, 0L)], disk.List(root + "/d").Select(e => (e.Name, e.IsDirectory, e.Length)));
        Assert.Empty(disk.List(root + "/nowhere"));

        disk.Rename(root + "/d/b", root + "/d/a");
        disk.Rename(root + "/d/a", root + "/d/e/c");
        disk.Rename(root + "/d/e", root + "/f");
        Assert.Equal(("c", 3), (Assert.Single(disk.List(root + "/f")).Name, disk.List(root + "/f")[0].Length));
        Assert.True(disk.Exists(root + "/f"));
        Assert.False(disk.Exists(root + "/d/e"));
        Assert.ThrowsAny<IOException>(() => disk.Rename(root + "/gone", root + "/g"));

        disk.Delete(root + "/f");
        disk.Delete(root + "/f");
        Assert.False(disk.Exists(root + "/f/c"));
        Assert.True(disk.FreeBytes(root) > 0);
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public void A_directory_is_told_from_a_file_and_from_nothing(bool physical)
    {
        (IDisk disk, string root) = Open(physical);
        disk.Create(root + "/a").Dispose();
        Assert.True(disk.IsDirectory(root));
        Assert.False(disk.IsDirectory(root + "/a"));
        Assert.False(disk.IsDirectory(root + "/nowhere"));
        Assert.Equal((true, false, false), (disk.Exists(root + "/a"), disk.Exists(root + "/a/b"), disk.Exists(root + "/nowhere/b")));
        Assert.Empty(disk.List(root + "/nowhere/b"));
        Assert.All((string[])["/a", "/a/b", "/a/b/c"], notADirectory => Assert.Empty(disk.List(root + notADirectory)));
    }

    [Fact]
    public void What_cannot_be_told_is_not_taken_for_not_being_there()
    {
        (IDisk disk, string root) = Open(physical: true);
        File.CreateSymbolicLink(root + "/loop", "loop");
        File.CreateSymbolicLink(root + "/through", "loop/x");
        File.CreateSymbolicLink(root + "/nowhere", "gone");
        Assert.Equal([("loop", true), ("nowhere", false), ("through", true)], disk.List(root).Select(e => (e.Name, e.IsDirectory)));
        foreach (string directory in (string[])["/loop", "/loop/x", "/through", "/nowhere"])
        {
            Assert.ThrowsAny<IOException>(() => disk.List(root + directory));
        }

        Assert.Throws<IOException>(() => disk.Exists(root + "/loop/x"));
        Assert.Throws<IOException>(() => disk.IsDirectory(root + "/loop/x"));
        Assert.Throws<IOException>(() => disk.Delete(root + "/loop/x"));
        disk.Delete(root + "/loop");
        Assert.Empty(disk.List(root + "/loop"));
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task A_file_knows_when_it_was_written(bool physical)
    {
        (IDisk disk, string root) = Open(physical);
        using IDiskFile file = disk.Create(root + "/a");
        await file.Append(new byte[3], CancellationToken.None);
        Assert.Equal(file.Modified, Assert.Single(disk.List(root)).Modified);
        Assert.True(physical ? (DateTimeOffset.UtcNow - file.Modified).Duration() < TimeSpan.FromMinutes(1) : file.Modified == DateTimeOffset.UnixEpoch);
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task A_file_is_moved_only_to_a_free_place(bool physical)
    {
        (IDisk disk, string root) = Open(physical);
        disk.CreateDirectory(root + "/d");
        await disk.Replace(root + "/a", new byte[] { 1 }, CancellationToken.None);
        await disk.Replace(root + "/b", new byte[] { 2 }, CancellationToken.None);
        Assert.False(disk.TryRename(root + "/a", root + "/b"));
        Assert.False(disk.TryRename(root + "/a", root + "/d"));
        Assert.Equal([1], await disk.ReadAll(root + "/a", 1, CancellationToken.None));
        Assert.Equal([2], await disk.ReadAll(root + "/b", 1, CancellationToken.None));
        Assert.True(disk.TryRename(root + "/a", root + "/d/c"));
        Assert.False(disk.Exists(root + "/a"));
        Assert.Equal([1], await disk.ReadAll(root + "/d/c", 1, CancellationToken.None));
        Assert.ThrowsAny<IOException>(() => disk.TryRename(root + "/gone", root + "/e"));
        Assert.ThrowsAny<IOException>(() => disk.TryRename(root + "/b", root + "/nowhere/e"));
        Assert.True(disk.Exists(root + "/b"));
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public void Only_an_empty_directory_is_deleted_as_such(bool physical)
    {
        (IDisk disk, string root) = Open(physical);
        disk.CreateDirectory(root + "/d/e");
        disk.Create(root + "/f").Dispose();
        Assert.False(disk.TryDeleteEmpty(root + "/d"));
        Assert.True(disk.TryDeleteEmpty(root + "/d/e"));
        Assert.True(disk.TryDeleteEmpty(root + "/d/e"));
        Assert.True(disk.TryDeleteEmpty(root + "/d"));
        Assert.False(disk.Exists(root + "/d"));
        Assert.ThrowsAny<IOException>(() => disk.TryDeleteEmpty(root + "/f"));
        Assert.True(disk.Exists(root + "/f"));
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public void A_lock_is_held_once_and_can_be_taken_after_its_end(bool physical)
    {
        (IDisk disk, string root) = Open(physical);
        IDisposable? held = disk.TryLock(root + "/lock");
        Assert.NotNull(held);
        Assert.Null(disk.TryLock(root + "/lock"));
        held.Dispose();
        using IDisposable? again = disk.TryLock(root + "/lock");
        Assert.NotNull(again);
        Assert.ThrowsAny<IOException>(() => disk.TryLock(root + "/nowhere/lock"));
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task A_replaced_file_has_its_new_content_and_no_litter(bool physical)
    {
        (IDisk disk, string root) = Open(physical);
        await disk.Replace(root + "/tokens", new byte[] { 1 }, CancellationToken.None);
        await disk.Replace(root + "/tokens", new byte[] { 2, 3 }, CancellationToken.None);
        Assert.Equal([2, 3], await disk.ReadAll(root + "/tokens", 10, CancellationToken.None));
        Assert.Single(disk.List(root));
    }

    private (IDisk Disk, string Root) Open(bool physical)
    {
        IDisk disk = physical ? new PhysicalDisk() : new ForgettingDisk(1);
        string root = physical ? _directory + "/root" : "/root";
        disk.CreateDirectory(root);
        return (disk, root);
    }
}
