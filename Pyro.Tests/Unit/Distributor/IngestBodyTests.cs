using System.IO.Pipelines;
using Pyro.Distributor.Ingest;

namespace Pyro.Tests.Unit.Distributor;

public class IngestBodyTests
{
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
