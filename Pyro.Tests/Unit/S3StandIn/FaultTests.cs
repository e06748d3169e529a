using System.Text;
using Aspire.StandIns.S3;
using Aspire.StandIns.S3.Faults;
using Pyro.ObjectStore;
using Pyro.ObjectStore.S3;

namespace Pyro.Tests.Unit.S3StandIn;

/// <summary>Faults on request, as they look from the wire and from the store.</summary>
public sealed class FaultTests(RunningS3 s3) : IClassFixture<RunningS3>, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly byte[] Content = [.. Enumerable.Range(0, 500_000).Select(i => (byte)(i % 253))];

    /// <inheritdoc/>
    public void Dispose() => s3.Faults.Clear();

    [Fact]
    public async Task A_throttled_store_says_so_as_often_as_was_asked_for()
    {
        var (store, bucket) = await Filled();
        using var _ = store;
        s3.Faults.Add(new() { Kind = FaultKind.SlowDown, Operation = S3Operation.GetObject, Prefix = $"{bucket}/", Times = 2 });
        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ReadAll("a", Content.Length, None));
            Assert.Equal(StoreFault.Throttled, error.Fault);
        }
        Assert.Equal(Content, await store.ReadAll("a", Content.Length, None));
    }

    [Fact]
    public async Task A_connection_breaks_after_as_many_bytes_as_was_asked_for()
    {
        var (store, bucket) = await Filled();
        using var _ = store;
        s3.Faults.Add(new() { Kind = FaultKind.Break, Operation = S3Operation.GetObject, Prefix = $"{bucket}/", Bytes = 200_000, Times = 1 });
        await using (var stream = await store.Get("a", None))
        {
            var read = new MemoryStream();
            var error = await Assert.ThrowsAsync<ObjectStoreException>(() => stream.CopyToAsync(read));
            Assert.True(error.IsTransient);
            Assert.InRange(read.Length, 0, 200_000);
            Assert.Equal(Content[..(int)read.Length], read.ToArray());
        }
        s3.Faults.Add(new() { Kind = FaultKind.Break, Operation = S3Operation.PutObject, Prefix = $"{bucket}/", Bytes = 100_000 });
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.Put("b", ObjectBody.Of(Content), PutMode.Replace, None));
        s3.Faults.Clear();
        Assert.False(await store.Exists("b", None));
        Assert.Equal(Content, await store.ReadAll("a", Content.Length, None));
    }

    [Fact]
    public async Task What_is_truncated_or_changed_looks_right_on_the_wire()
    {
        var bucket = await s3.NewBucket();
        await s3.Calls.Send("PUT", $"/{bucket}/a", Content);
        s3.Faults.Add(new() { Kind = FaultKind.Truncate, Operation = S3Operation.GetObject, Bytes = 1000, Times = 1 });
        var cut = await s3.Calls.Send("GET", $"/{bucket}/a");
        Assert.Equal((200, "1000"), (cut.Status, cut.Headers["content-length"]));
        Assert.Equal(Content[..1000], cut.Body);
        s3.Faults.Add(new() { Kind = FaultKind.Corrupt, Operation = S3Operation.GetObject, Bytes = 300_000, Times = 1 });
        var changed = await s3.Calls.Send("GET", $"/{bucket}/a");
        Assert.Equal([300_000], Enumerable.Range(0, Content.Length).Where(i => Content[i] != changed.Body[i]));
        Assert.Equal(Content, (await s3.Calls.Send("GET", $"/{bucket}/a")).Body);
    }

    [Fact]
    public async Task A_lost_put_is_confirmed_and_not_there()
    {
        var (store, bucket) = await Filled();
        using var _ = store;
        s3.Faults.Add(new() { Kind = FaultKind.Lose, Prefix = $"{bucket}/lost", Times = 1 });
        await store.Put("lost", ObjectBody.Of(Content), PutMode.Replace, None);
        Assert.False(await store.Exists("lost", None));
        await store.Put("lost", ObjectBody.Of(Content), PutMode.Replace, None);
        Assert.True(await store.Exists("lost", None));
    }

    [Fact]
    public async Task Faults_are_asked_for_at_a_path_that_only_a_server_for_tests_has()
    {
        var bucket = await s3.NewBucket();
        var asked = await s3.Calls.SendRaw("POST", FaultPath.Path, """{"kind":"Error","operation":"ListObjects","times":1}"""u8.ToArray());
        Assert.Contains("\"kind\":\"Error\"", asked.Text, StringComparison.Ordinal);
        Assert.Equal((500, "InternalError"), await Listing());
        Assert.Equal((200, ""), await Listing());
        await s3.Calls.SendRaw("POST", FaultPath.Path, """{"kind":"SlowDown"}"""u8.ToArray());
        Assert.Equal((503, "SlowDown"), await Listing());
        Assert.Equal("[]", (await s3.Calls.SendRaw("DELETE", FaultPath.Path, null)).Text);
        Assert.Equal((200, ""), await Listing());
        Assert.Equal("InvalidArgument", (await s3.Calls.SendRaw("POST", FaultPath.Path, Encoding.ASCII.GetBytes("""{"kind":"Flood"}"""))).Code);

        var folder = Directory.CreateTempSubdirectory("pyro-s3-");
        await using (var server = await S3Server.Start(
            new() { Folder = folder.FullName, AccessKey = RunningS3.AccessKey, SecretKey = RunningS3.SecretKey }, None))
            Assert.Equal(403, (await new S3Calls(server.Url, RunningS3.AccessKey, RunningS3.SecretKey).SendRaw("POST", FaultPath.Path, "{}"u8.ToArray())).Status);
        folder.Delete(recursive: true);

        async Task<(int, string)> Listing()
        {
            var answer = await s3.Calls.Send("GET", $"/{bucket}");
            return (answer.Status, answer.Code);
        }
    }

    private async Task<(S3Store Store, string Bucket)> Filled()
    {
        var bucket = await s3.NewBucket();
        var store = new S3Store(s3.Store(bucket), TimeProvider.System);
        await store.Put("a", ObjectBody.Of(Content), PutMode.Replace, None);
        return (store, bucket);
    }
}
