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
}
