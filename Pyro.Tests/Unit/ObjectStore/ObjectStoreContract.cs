using System.Text;
using Pyro.ObjectStore;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>What every bucket promises.</summary>
public abstract class ObjectStoreContract : IAsyncLifetime
{
    private protected static readonly CancellationToken None = CancellationToken.None;
    private IObjectStore _store = null!;

    /// <summary>Opens an empty bucket.</summary>
    private protected abstract ValueTask<IObjectStore> Open();

    public async ValueTask InitializeAsync() => _store = await Open();

    public virtual ValueTask DisposeAsync()
    {
        (_store as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300_000)]
    [InlineData(6_000_000)]
    public async Task What_was_put_is_got(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        await _store.Put("t/phlaredb/01/index.tsdb", ObjectBody.Of(content), PutMode.Replace, None);
        Assert.Equal(content, await _store.ReadAll("t/phlaredb/01/index.tsdb", length, None));
        await using (var stream = await _store.Get("t/phlaredb/01/index.tsdb", None))
            Assert.Equal(length, stream.Length);
        var attributes = await _store.Attributes("t/phlaredb/01/index.tsdb", None);
        Assert.Equal(length, attributes.Length);
        Assert.InRange(attributes.Modified, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        if (length > 0)
        {
            var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await _store.ReadAll("t/phlaredb/01/index.tsdb", length - 1, None));
            Assert.Equal(StoreFault.Damaged, error.Fault);
        }
    }

    [Fact]
    public async Task A_put_replaces_and_a_create_does_not()
    {
        await Put("a", "one");
        await Put("a", "two");
        var error = await Assert.ThrowsAsync<ObjectExistsException>(async () => await Put("a", "three", PutMode.CreateOnly));
        Assert.Equal("a", error.Key);
        Assert.False(error.IsTransient);
        Assert.Equal("two", await Text("a"));
        await _store.Delete("a", None);
        await Put("a", "four", PutMode.CreateOnly);
        Assert.Equal("four", await Text("a"));
    }

    [Fact]
    public async Task A_range_is_cut_at_the_end_of_the_object()
    {
        await Put("a", "0123456789");
        await Put("empty", "");
        Assert.Equal("234", await Range("a", 2, 3));
        Assert.Equal("0123456789", await Range("a", 0, 10));
        Assert.Equal("0123456789", await Range("a", 0, 100));
        Assert.Equal("89", await Range("a", 8, 100));
        Assert.Equal("", await Range("a", 10, 5));
        Assert.Equal("", await Range("a", 1000, 5));
        Assert.Equal("", await Range("empty", 0, 5));
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await Range("b", 0, 5));
    }

    [Fact]
    public async Task What_is_not_there_is_named()
    {
        await Put("a/b", "");
        foreach (var key in (string[])["x", "a", "a/b/c", "a/c"])
        {
            Assert.Equal(key, (await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await _store.Get(key, None))).Key);
            Assert.Equal(key, (await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await _store.Attributes(key, None))).Key);
            Assert.False(await _store.Exists(key, None));
            await _store.Delete(key, None);
        }
        Assert.True(await _store.Exists("a/b", None));
    }

    [Fact]
    public async Task A_listing_is_in_the_order_of_bytes()
    {
        // `-` and `.` come before `/`, 0 after it; 😀 is one character of four bytes, behind ﬁ although its UTF-16 begins with D83D.
        string[] keys = ["a-b/x", "a.b", "a/a/2", "a/b", "a/c/1", "a0/x", "b", "ä", "ﬁ", "😀"];
        foreach (var key in keys.Reverse())
            await Put(key, key);
        Assert.Equal(keys, await List("", recursive: true));
        Assert.Equal(["a-b/", "a.b", "a/", "a0/", "b", "ä", "ﬁ", "😀"], await List("", recursive: false));
        Assert.Equal(["a/a/", "a/b", "a/c/"], await List("a/", recursive: false));
        Assert.Equal(["a/a/2", "a/b", "a/c/1"], await List("a/", recursive: true));
        Assert.Equal(["a-b/", "a.b", "a/", "a0/"], await List("a", recursive: false));
        Assert.Equal(["a/b"], await List("a/b", recursive: false));
        Assert.Equal(["a/c/"], await List("a/c", recursive: false));
        Assert.Empty(await List("c", recursive: false));
        Assert.Empty(await List("a/b/", recursive: false));
        var lines = await Lines("a", recursive: false);
        Assert.Equal([true, false, true, true], lines.Select(l => l.IsPrefix));
        Assert.Equal([0, 3, 0, 0], lines.Select(l => l.Length));
    }

    [Fact]
    public async Task A_folder_goes_with_its_last_object()
    {
        await Put("t/phlaredb/01/meta.json", "1");
        await Put("t/phlaredb/02/meta.json", "2");
        await _store.Delete("t/phlaredb/01/meta.json", None);
        Assert.Equal(["t/phlaredb/02/"], await List("t/phlaredb/", recursive: false));
        await _store.Delete("t/phlaredb/02/meta.json", None);
        Assert.Empty(await List("", recursive: false));
        await Put("t/phlaredb/01/meta.json", "3");
        Assert.Equal("3", await Text("t/phlaredb/01/meta.json"));
    }

    [Fact]
    public async Task Odd_keys_are_kept_as_they_are()
    {
        string[] keys = ["a b+c=d&e%20f", "caf\u00e9/é", "#?;:@$,'()!*", "~tilde^`{}[]|<>\"", "…", "..a", "a..", ".cache/.x"];
        foreach (var key in keys)
            await Put(key, key);
        foreach (var key in keys)
            Assert.Equal(key, await Text(key));
        Assert.Equal(keys.Order(ObjectKeys.Order), await List("", recursive: true));
        Assert.Equal(["a b+c=d&e%20f"], await List("a b+", recursive: true));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("a/.")]
    [InlineData("a\0b")]
    [InlineData("a\\..\\b")]
    public async Task Keys_that_lead_astray_are_refused(string key)
    {
        Assert.Equal(StoreFault.InvalidKey, (await Assert.ThrowsAsync<ObjectStoreException>(async () => await Put(key, "x"))).Fault);
        Assert.Equal(StoreFault.InvalidKey, (await Assert.ThrowsAsync<ObjectStoreException>(async () => await _store.Get(key, None))).Fault);
        Assert.Equal(StoreFault.InvalidKey, (await Assert.ThrowsAsync<ObjectStoreException>(async () => await _store.Delete(key, None))).Fault);
        Assert.Equal(StoreFault.InvalidKey, (await Assert.ThrowsAsync<ObjectStoreException>(async () => await _store.Attributes(key, None))).Fault);
        Assert.Equal(StoreFault.InvalidKey, (await Assert.ThrowsAsync<ObjectStoreException>(async () => await _store.GetRange(key, 0, new byte[1], None))).Fault);
        if (key.Length > 0 && !key.EndsWith('/') && key is not (".." or "a/."))
            Assert.Equal(StoreFault.InvalidKey, (await Assert.ThrowsAsync<ObjectStoreException>(async () => await List(key, recursive: true))).Fault);
        Assert.Empty(await List("", recursive: true));
    }

    [Fact]
    public async Task A_key_that_is_too_long_or_no_text_is_refused()
    {
        Assert.Equal(StoreFault.InvalidKey, (await Assert.ThrowsAsync<ObjectStoreException>(async () => await Put("half \ud83d", "x"))).Fault);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await Put(string.Join('/', Enumerable.Repeat(new string('k', 100), 11)), "x"));
        Assert.Equal(StoreFault.InvalidKey, error.Fault);
        var longest = string.Join('/', Enumerable.Repeat(new string('k', 120), 8));
        await Put(longest, "x");
        Assert.Equal([longest], await List("", recursive: true));
    }

    [Theory]
    [InlineData(9, PutMode.Replace)]
    [InlineData(11, PutMode.Replace)]
    [InlineData(0, PutMode.CreateOnly)]
    [InlineData(6_000_000, PutMode.Replace)]
    public async Task A_body_of_another_length_is_not_put(int promised, PutMode mode)
    {
        var body = new ObjectBody(promised, _ => ValueTask.FromResult<Stream>(new MemoryStream(new byte[10])));
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await _store.Put("a", body, mode, None));
        Assert.Equal(StoreFault.Damaged, error.Fault);
        Assert.Empty(await List("", recursive: true));
    }

    [Fact]
    public async Task A_body_that_breaks_is_not_put_and_its_error_is_its_own()
    {
        await Put("a", "before");
        var body = new ObjectBody(20, _ => ValueTask.FromResult<Stream>(new BreakingStream()));
        Assert.Equal("the source broke", (await Assert.ThrowsAsync<IOException>(async () => await _store.Put("a", body, PutMode.Replace, None))).Message);
        Assert.Equal("before", await Text("a"));
        Assert.Equal(["a"], await List("", recursive: true));
    }

    [Fact]
    public async Task A_long_listing_is_whole()
    {
        var keys = Enumerable.Range(0, 1205).Select(i => $"many/{i:d5}/x").ToArray();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (key, _) => await Put(key, "x"));
        Assert.Equal(keys, await List("many/", recursive: true));
        Assert.Equal(keys.Select(k => k[..^1]), await List("many/", recursive: false));
    }

    [Fact]
    public async Task Who_reads_while_others_replace_sees_one_content()
    {
        byte[] ones = [.. Enumerable.Repeat((byte)1, 200_000)], twos = [.. Enumerable.Repeat((byte)2, 100_000)];
        await _store.Put("a", ObjectBody.Of(ones), PutMode.Replace, None);
        var writer = Task.Run(async () =>
        {
            for (var round = 0; round < 20; round++)
                await _store.Put("a", ObjectBody.Of(round % 2 == 0 ? twos : ones), PutMode.Replace, None);
        });
        do
        {
            var got = await _store.ReadAll("a", 1 << 20, None);
            Assert.Equal(got[0] == 1 ? ones : twos, got);
        }
        while (!writer.IsCompleted);
        await writer;
    }

    [Fact]
    public async Task Folders_that_come_and_go_lose_nothing()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), async (worker, _) =>
        {
            for (var round = 0; round < 15; round++)
            {
                await Put($"shared/deep/{worker}", $"{round}");
                Assert.Equal($"{round}", await Text($"shared/deep/{worker}"));
                await _store.Delete($"shared/deep/{worker}", None);
            }
        });
        Assert.Empty(await List("", recursive: false));
    }

    [Fact]
    public async Task Nothing_begins_for_who_has_left()
    {
        var left = new CancellationToken(canceled: true);
        await Put("a", "1");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _store.Get("a", left));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _store.Delete("a", left));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _store.Put("b", ObjectBody.Of(new byte[9]), PutMode.Replace, left));
        Assert.Equal(["a"], await List("", recursive: true));
    }

    private ValueTask Put(string key, string content, PutMode mode = PutMode.Replace) =>
        _store.Put(key, ObjectBody.Of(Encoding.UTF8.GetBytes(content)), mode, None);

    private async Task<string> Text(string key) => Encoding.UTF8.GetString(await _store.ReadAll(key, 1 << 20, None));

    private async Task<string> Range(string key, long offset, int length)
    {
        var into = new byte[length];
        return Encoding.UTF8.GetString(into, 0, await _store.GetRange(key, offset, into, None));
    }

    private async Task<List<ObjectEntry>> Lines(string prefix, bool recursive)
    {
        var lines = new List<ObjectEntry>();
        await foreach (var line in _store.List(prefix, recursive, None))
            lines.Add(line);
        return lines;
    }

    private async Task<string[]> List(string prefix, bool recursive) => [.. (await Lines(prefix, recursive)).Select(l => l.Key)];

    /// <summary>Gives ten bytes and breaks.</summary>
    private sealed class BreakingStream() : MemoryStream(new byte[10])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("the source broke");
    }
}
