using Microsoft.Extensions.Time.Testing;
using Pyro.ObjectStore;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>The bucket that fails does so as told, and from the same seed in the same way.</summary>
public sealed class FaultyStoreTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(55));

    [Fact]
    public async Task The_same_seed_fails_in_the_same_way()
    {
        var runs = new List<string>();
        foreach (var seed in (int[])[1, 1, 2])
        {
            var store = new FaultyStore(new MemoryStore(_time), seed, _time)
            {
                Faults = new StoreFaults { Throttled = 0.1, Failed = 0.1, DoneButFailed = 0.1, LostPuts = 0.1, Corrupted = 0.3, Truncated = 0.2, CutOff = 0.2 },
            };
            var told = new List<string>();
            for (var i = 0; i < 200; i++)
            {
                try
                {
                    await store.Put($"k{i % 5}", ObjectBody.Of(new[] { (byte)i, (byte)1, (byte)2 }), PutMode.Replace, None);
                    told.Add(Convert.ToHexString(await store.ReadAll($"k{i % 5}", 10, None)));
                }
                catch (ObjectStoreException e)
                {
                    told.Add($"{e.Fault}");
                }
            }
            runs.Add(string.Join(' ', told));
        }
        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0], runs[2]);
    }

    [Fact]
    public async Task In_a_crash_the_change_has_or_has_not_happened_and_nobody_is_told()
    {
        var happened = 0;
        for (var seed = 0; seed < 100; seed++)
        {
            var memory = new MemoryStore(_time);
            var store = new FaultyStore(memory, seed, _time);
            store.CrashAfter(2);
            await Put(store, "a");
            await Put(store, "b");
            await Assert.ThrowsAsync<ObjectStoreException>(async () => await Put(store, "c"));
            await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.Get("a", None));
            store.Restart();
            await store.ReadAll("a", 10, None);
            await store.ReadAll("b", 10, None);
            happened += memory.Keys.Count - 2;
        }
        Assert.InRange(happened, 20, 80);
    }

    [Fact]
    public async Task A_late_listing_shows_what_was()
    {
        var store = new FaultyStore(new MemoryStore(_time), 3, _time);
        await Put(store, "a/1");
        await Put(store, "b");
        store.Faults = new StoreFaults { ListingDelay = TimeSpan.FromMinutes(1) };
        await Put(store, "c");
        await store.Delete("a/1", None);
        Assert.Equal(["a/", "b"], await Keys(store, ""));
        Assert.Equal(["a/1"], await Keys(store, "a/"));
        Assert.False(await store.Exists("a/1", None));
        Assert.True(await store.Exists("c", None));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["b", "c"], await Keys(store, ""));
        Assert.Empty(await Keys(store, "a/"));
    }

    private static ValueTask Put(FaultyStore store, string key) => store.Put(key, ObjectBody.Of(new byte[4]), PutMode.Replace, None);

    private static async Task<string[]> Keys(FaultyStore store, string prefix)
    {
        var keys = new List<string>();
        await foreach (var entry in store.List(prefix, recursive: false, None))
            keys.Add(entry.Key);
        return [.. keys];
    }
}
