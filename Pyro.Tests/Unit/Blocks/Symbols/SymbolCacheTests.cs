using Pyro.Blocks;
using Pyro.Blocks.Symbols;
using Pyro.Memory;

namespace Pyro.Tests.Unit.Blocks.Symbols;

public class SymbolCacheTests
{
    private readonly MemoryLedger _ledger = new(1 << 26);

    [Fact]
    public async Task Loads_at_the_same_time_are_one()
    {
        var (files, cache) = (await Files(), new SymbolCache(1 << 24, _ledger));
        using var symbols = await files.Symbols(cache);
        var go = new TaskCompletionSource();
        files.Gate = _ => go.Task;
        files.Reads.Clear();
        var loads = Enumerable.Range(0, 8).Select(_ => symbols.Partitions[0].Load(TestContext.Current.CancellationToken).AsTask()).ToArray();
        go.SetResult();
        var loaded = await Task.WhenAll(loads);
        Assert.Equal(5, files.Reads.Count);
        Assert.All(loaded, l => Assert.Same(loaded[0].Tables.Strings, l.Tables.Strings));
        Assert.Equal(5, cache.Loads);
        Assert.Equal(cache.Bytes, _ledger.UsedFor(MemoryKind.Caches));
        Assert.True(cache.Bytes > 0);
    }

    [Fact]
    public async Task What_is_unused_longest_goes_first_and_what_is_used_stays()
    {
        var files = await Files();
        using var measured = await files.Symbols(new SymbolCache(1 << 24, _ledger));
        long one;
        using (await measured.Partitions[0].Load(TestContext.Current.CancellationToken))
        {
            one = _ledger.UsedFor(MemoryKind.Caches);
        }

        measured.Dispose();
        Assert.Equal(0, _ledger.Used);
        var cache = new SymbolCache(one * 2 + one / 2, _ledger);
        using var symbols = await files.Symbols(cache);
        using var held = await Load(symbols, 0);
        (await Load(symbols, 1)).Dispose();
        (await Load(symbols, 2)).Dispose();
        files.Reads.Clear();
        (await Load(symbols, 2)).Dispose();
        (await Load(symbols, 0)).Dispose();
        Assert.Empty(files.Reads);
        (await Load(symbols, 1)).Dispose();
        Assert.NotEmpty(files.Reads);
        Assert.InRange(cache.Bytes, 1, one * 2 + one / 2);
        Assert.Equal(cache.Bytes, _ledger.UsedFor(MemoryKind.Caches));
    }

    [Fact]
    public async Task Closing_gives_the_memory_back_when_the_last_user_is_done()
    {
        var files = await Files();
        var symbols = await files.Symbols(new SymbolCache(1 << 24, _ledger));
        (await Load(symbols, 1)).Dispose();
        var held = await Load(symbols, 0);
        symbols.Dispose();
        Assert.True(_ledger.Used > 0);
        Assert.Equal(RandomSymbols.Of(0, 100, 200).Strings.Text, held.Tables.Strings.Text);
        held.Dispose();
        held.Dispose();
        Assert.Equal(0, _ledger.Used);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Load(symbols, 0));
    }

    [Fact]
    public async Task A_load_that_fails_is_tried_again_and_leaves_nothing()
    {
        var files = await Files();
        using var symbols = await files.Symbols(new SymbolCache(1 << 24, _ledger));
        files.Gate = _ => throw new IOException("the store is down");
        await Assert.ThrowsAsync<IOException>(() => Load(symbols, 0));
        Assert.Equal(0, _ledger.Used);
        files.Gate = null;
        using var loaded = await Load(symbols, 0);
        Assert.NotEmpty(ByName.Stacks(loaded.Tables));
    }

    [Fact]
    public async Task One_who_leaves_does_not_end_the_load_of_the_others_but_the_last_one_does()
    {
        var files = await Files();
        using var symbols = await files.Symbols(new SymbolCache(1 << 24, _ledger));
        var (go, stopped) = (new TaskCompletionSource(), new TaskCompletionSource());
        files.Gate = async cancellation =>
        {
            cancellation.Register(() => stopped.TrySetResult());
            await go.Task.WaitAsync(cancellation);
        };
        using var leaves = new CancellationTokenSource();
        var (first, second) = (symbols.Partitions[0].Load(leaves.Token).AsTask(), Load(symbols, 0));
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        go.SetResult();
        (await second).Dispose();

        using var last = new CancellationTokenSource();
        go = new TaskCompletionSource();
        stopped = new TaskCompletionSource();
        var alone = symbols.Partitions[1].Load(last.Token).AsTask();
        await last.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alone);
        await stopped.Task;
        go.SetResult();
        (await Load(symbols, 1)).Dispose();
    }

    [Fact]
    public async Task A_full_ledger_drops_what_is_unused_and_then_refuses()
    {
        var files = await Files();
        var ledger = new MemoryLedger(1 << 26);
        using var symbols = await files.Symbols(new SymbolCache(1 << 24, ledger));
        (await Load(symbols, 0)).Dispose();
        var rest = ledger.Budget - ledger.Used;
        Assert.True(ledger.TryReserve(rest, MemoryKind.Bodies));
        Assert.True(ledger.UsedFor(MemoryKind.Caches) > 0);
        var error = await Assert.ThrowsAsync<MemoryBudgetException>(async () =>
        {
            using var a = await Load(symbols, 1);
            using var b = await Load(symbols, 2);
            using var c = await Load(symbols, 0);
        });
        Assert.Equal(ledger.Budget, error.Budget);
        ledger.Release(rest, MemoryKind.Bodies);
        (await Load(symbols, 1)).Dispose();
    }

    private static Task<LoadedSymbols> Load(SymbolsFile symbols, int partition) =>
        symbols.Partitions[partition].Load(TestContext.Current.CancellationToken).AsTask();

    private static async Task<BytesInMemory> Files() =>
        (await BytesInMemory.Write(3, (0, RandomSymbols.Of(0, 100, 200)), (1, RandomSymbols.Of(0, 100, 200)), (2, RandomSymbols.Of(0, 100, 200)))).Files;
}
