using Microsoft.Extensions.Time.Testing;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Meta;
using Pyro.Disk;

namespace Pyro.Tests.Unit.Blocks.Meta;

/// <summary>The bytes of the copies are those that lie on disk, whatever happens, so that their budget is kept.</summary>
public sealed class MetaCacheTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ForgettingDisk _disk;
    private readonly MetaCache _cache;

    public MetaCacheTests()
    {
        _disk = new ForgettingDisk(1, _time);
        _cache = new MetaCache(_disk, "/sync", 1 << 20);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_in_the_place_of_another_counts_instead_of_it()
    {
        var meta = Meta();
        foreach (var host in (string[])["a", "a-longer-name", "b"])
        {
            await _cache.Keep("t", meta with { Labels = new Dictionary<string, string> { [BlockMeta.HostLabel] = host } }, Cancel);
            Assert.Equal(_disk.UsedBytes, _cache.Bytes);
        }

        _disk.Capacity = _disk.UsedBytes + 100;
        await _cache.Keep("t", meta, Cancel);
        Assert.Equal(_disk.UsedBytes, _cache.Bytes);
        Assert.Equal(_disk.Capacity, _cache.Bytes);
    }

    [Fact]
    public async Task What_is_kept_while_another_is_dropped_counts()
    {
        var (one, two) = (Meta(), Meta());
        await _cache.Keep("t", one, Cancel);
        _disk.Delay = static operation => operation == DiskOperation.Append ? TimeSpan.FromSeconds(1) : TimeSpan.Zero;
        var keeping = _cache.Keep("u", two, Cancel).AsTask();
        Assert.False(keeping.IsCompleted);
        _cache.DropOthers("t", new HashSet<Ulid>());
        _time.Advance(TimeSpan.FromSeconds(1));
        await keeping;
        _disk.Delay = null;
        Assert.Null(await _cache.TryRead("t", one.Id, Cancel));
        Assert.NotNull(await _cache.TryRead("u", two.Id, Cancel));
        Assert.Equal(_disk.UsedBytes, _cache.Bytes);
        Assert.True(_cache.Bytes > 0);
    }

    [Fact]
    public async Task There_are_no_more_than_the_budget_has_room_for_and_those_of_before_count()
    {
        await _cache.Keep("t", Meta(), Cancel);
        var bytes = _cache.Bytes;
        var next = new MetaCache(_disk, "/sync", 3 * bytes);
        foreach (var _ in Enumerable.Range(0, 5))
        {
            await next.Keep("u", Meta(), Cancel);
        }

        Assert.Equal((3 * bytes, 3 * bytes), (next.Bytes, _disk.UsedBytes));
        next.DropOthers("t", new HashSet<Ulid>());
        Assert.Equal((2 * bytes, 2 * bytes), (next.Bytes, _disk.UsedBytes));
    }

    private static BlockMeta Meta() => new() { Id = Ulid.NewUlid(), MinTime = 1000, MaxTime = 2000 };
}
