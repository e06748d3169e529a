using Pyro.Blocks;
using Pyro.Blocks.Files;
using Pyro.Blocks.Parquet;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.ObjectStore;

namespace Pyro.Tests.Unit.Blocks.Reading;

/// <summary>Files of blocks on disk and in a bucket, and the cache of their pages.</summary>
public sealed class BlockFilesTests
{
    private const int Length = (5 * PageCache.PageSize) + 100;
    private static readonly byte[] Bytes = Content();
    private readonly MemoryLedger _ledger = new(1 << 30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_are_read_by_ranges_and_refuse_what_is_beyond_them(bool inBucket)
    {
        var files = await Files(inBucket);
        using var file = await files.Open("symbols/x", 0, default);
        Assert.Equal(Length, file.Length);
        var some = new byte[70_000];
        await file.Read(12_345, some, default);
        Assert.True(Bytes.AsSpan(12_345, some.Length).SequenceEqual(some));
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await file.Read(Length - 10, new byte[11], default));
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await file.Read(-1, new byte[1], default));
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await file.Read(long.MaxValue, new byte[1], default));
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await files.Open("../x", 0, default));
        await Assert.ThrowsAsync<MissingFileException>(async () => await files.Open("absent", 0, default));
    }

    [Fact]
    public async Task A_file_shorter_than_listed_is_damaged()
    {
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await (await Files(inBucket: false)).Open("symbols/x", Length + 1, default));
        using var file = await (await Files(inBucket: true)).Open("symbols/x", Length + 1, default);
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await file.Read(Length - 4, new byte[5], default));
    }

    [Fact]
    public async Task Cached_pages_are_loaded_once_in_one_read_and_dropped_with_the_file()
    {
        var cache = new PageCache(1 << 20, _ledger);
        var slow = new SlowFile(Bytes);
        var file = new CachedFile(slow, cache);
        var (first, second) = (new byte[Length - 7], new byte[100]);
        var reads = new[] { file.Read(7, first, default).AsTask(), file.Read(PageCache.PageSize - 50, second, default).AsTask() };
        slow.Go.SetResult();
        await Task.WhenAll(reads);
        Assert.True(Bytes.AsSpan(7).SequenceEqual(first));
        Assert.True(Bytes.AsSpan(PageCache.PageSize - 50, 100).SequenceEqual(second));
        await file.Read(3, first, default);
        Assert.True(Bytes.AsSpan(3, first.Length).SequenceEqual(first));
        Assert.Equal(1, slow.Reads);
        Assert.Equal(6 * PageCache.PageSize, _ledger.UsedFor(MemoryKind.Caches));
        file.Dispose();
        Assert.Equal(0, _ledger.Used);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await file.Read(0, new byte[1], default));
    }

    [Theory]
    [InlineData(2 * PageCache.PageSize, 1L << 30)]
    [InlineData(1 << 20, 2 * PageCache.PageSize)]
    [InlineData(1 << 20, 1)]
    public async Task The_cache_keeps_to_its_capacity_and_the_budget_and_still_reads(int capacity, long budget)
    {
        var ledger = new MemoryLedger(budget);
        var slow = new SlowFile(Bytes);
        slow.Go.SetResult();
        using var file = new CachedFile(slow, new PageCache(capacity, ledger));
        var random = new Random(3);
        for (var i = 0; i < 200; i++)
        {
            var at = random.Next(Length);
            var some = new byte[random.Next(Math.Min(Length - at, 3 * PageCache.PageSize)) + 1];
            await file.Read(Math.Min(at, Length - some.Length), some, default);
            Assert.True(Bytes.AsSpan(Math.Min(at, Length - some.Length), some.Length).SequenceEqual(some));
            Assert.InRange(ledger.Used, 0, Math.Min(capacity, budget));
        }
    }

    [Fact]
    public async Task A_failed_load_is_tried_again_and_one_who_left_does_not_end_it()
    {
        var slow = new SlowFile(Bytes) { Failures = 1 };
        using var file = new CachedFile(slow, new PageCache(1 << 20, _ledger));
        using var left = new CancellationTokenSource();
        var (gone, there) = (file.Read(0, new byte[10], left.Token).AsTask(), file.Read(5, new byte[10], default).AsTask());
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        slow.Go.SetResult();
        await Assert.ThrowsAsync<IOException>(() => there);
        Assert.Equal(0, _ledger.Used);
        await file.Read(5, new byte[10], default);
        Assert.Equal(2, slow.Reads);
    }

    private static byte[] Content()
    {
        var bytes = new byte[Length];
        new Random(5).NextBytes(bytes);
        return bytes;
    }

    private static async Task<IBlockFiles> Files(bool inBucket)
    {
        if (inBucket)
        {
            var store = new MemoryStore(TimeProvider.System);
            await store.Put("t/b/symbols/x", ObjectBody.Of(Bytes), PutMode.Replace, default);
            return new StoreBlockFiles(store, "t/b/");
        }

        var disk = new ForgettingDisk(1);
        disk.CreateDirectory("/b/symbols");
        using var file = disk.Create("/b/symbols/x");
        await file.Append(Bytes, default);
        return new DiskBlockFiles(disk, "/b", "b");
    }

    private sealed class SlowFile(byte[] bytes) : IBlockFile
    {
        public TaskCompletionSource Go { get; } = new();

        public int Failures { get; set; }

        public int Reads { get; private set; }

        public string Name => "slow";

        public long Length => bytes.Length;

        public async ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
        {
            Reads++;
            await Go.Task;
            if (Failures-- > 0)
            {
                throw new IOException("failed");
            }

            bytes.AsSpan((int)offset, into.Length).CopyTo(into.Span);
        }

        public void Dispose()
        {
        }
    }
}
