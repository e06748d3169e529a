using System.IO.Pipelines;
using Pyro.Connect.Protocol;
using Pyro.Distributor.Ingest;

namespace Pyro.Tests.Unit.Distributor;

public sealed class IngestBodyTests
{
    [Theory]
    [InlineData("&format=lines")]
    [InlineData("")]
    public async Task A_text_beyond_the_limit_of_samples_is_refused_with_their_number_and_without_memory_for_them(string format)
    {
        var harness = new Harness(limits: Wide());
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < 300_000; i++) text.Append('f').Append(i).Append(";g").Append(i).Append(" 1\n");
        var body = System.Text.Encoding.ASCII.GetBytes(text.ToString());
        await harness.Ingest("?name=warm" + format, "a;b 1\n"u8.ToArray());
        var allocated = await LeastAllocated(async () =>
        {
            var (status, answer) = await harness.Ingest("?name=app" + format, body);
            Assert.Equal(400, status);
            Assert.Contains("exceeds the samples count limit (max_profile_stacktrace_samples, actual: 300000, limit: 16000)", answer, StringComparison.Ordinal);
        });
        Assert.InRange(allocated, 0, 60 << 20);
    }

    [Fact]
    public async Task A_text_of_names_beyond_the_limit_of_size_and_a_stack_of_very_many_frames_are_bounded()
    {
        var harness = new Harness(limits: Wide("-validation.max-profile-size-bytes=100000"));
        var (status, answer) = await harness.Ingest("?name=app", [.. Enumerable.Repeat((byte)'n', 5_000_000), .. " 1\n"u8]);
        Assert.Equal(400, status);
        Assert.Contains("exceeds the size limit (max_profile_size_byte, actual: 5000", answer, StringComparison.Ordinal);
        var deep = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a;", 3_000_000)) + "b 1\n");
        var allocated = await LeastAllocated(async () => Assert.Equal(200, (await harness.Ingest("?name=app", deep)).Item1));
        Assert.InRange(allocated, 0, 60 << 20);
    }

    [Fact]
    public async Task Pprof_that_is_sent_as_text_is_told_what_is_missing()
    {
        var (status, answer) = await new Harness(limits: Harness.Open).Ingest("?name=app", [0x1F, 0x8B, 8, 0, .. " \u0001binary"u8]);
        Assert.Equal(422, status);
        Assert.Contains("add format=pprof", answer, StringComparison.Ordinal);
    }

    /// <summary>Bytes allocated by this thread, which does all of it: the least of five tries.</summary>
    private static async Task<long> LeastAllocated(Func<Task> act)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var run = act();
            Assert.True(run.IsCompleted);
            await run;
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static Pyro.Tenancy.TenantLimits Wide(params string[] more) => Harness.Limits(
        ["-validation.reject-older-than=0", "-validation.reject-newer-than=0", "-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000", .. more]);

    [Fact]
    public async Task A_read_that_the_server_ends_leaves_the_reader_usable()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("part"u8.ToArray(), TestContext.Current.CancellationToken);
        pipe.Reader.CancelPendingRead();
        await Assert.ThrowsAsync<OperationCanceledException>(() => IngestBody.Read(pipe.Reader, null, 0, null, CancellationToken.None));
        await pipe.Writer.WriteAsync("rest"u8.ToArray(), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        var body = await IngestBody.Read(pipe.Reader, null, 0, null, CancellationToken.None);
        Assert.Equal("rest"u8, body.Memory.Span);
        body.Release();
    }

    [Fact]
    public async Task A_large_body_does_not_pile_up_in_the_server()
    {
        var pipe = new Pipe();
        var sent = new byte[8 << 20];
        new Random(1).NextBytes(sent);
        long most = 0;
        var watched = new WatchedBody(pipe.Reader, (in buffer, _, _) =>
        {
            most = Math.Max(most, buffer.Length);
            return null;
        });
        var read = IngestBody.Read(watched, sent.Length, 0, null, CancellationToken.None);
        for (var at = 0; at < sent.Length; at += 64 << 10)
            await pipe.Writer.WriteAsync(sent.AsMemory(at, 64 << 10), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        var body = await read;
        Assert.True(sent.AsSpan().SequenceEqual(body.Memory.Span));
        Assert.InRange(most, 1, 1 << 20);
        body.Release();
    }

    [Fact]
    public async Task A_large_body_beyond_the_limit_is_refused_without_a_length()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(new byte[1 << 20], TestContext.Current.CancellationToken);
        var read = IngestBody.Read(pipe.Reader, null, (1 << 20) + 1, null, CancellationToken.None);
        await pipe.Writer.WriteAsync(new byte[2], TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<BodyTooLargeException>(() => read);
    }

    [Fact]
    public async Task A_body_in_broken_chunks_is_the_clients_fault()
    {
        await using var pyro = await RunningPyro.Start();
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync("127.0.0.1", pyro.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync("POST /ingest?name=x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 400 Bad Request", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Contains("\"code\":\"invalid_argument\"", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
