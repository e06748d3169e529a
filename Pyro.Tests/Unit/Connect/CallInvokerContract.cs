using Google.Protobuf;
using Grpc.Core;

namespace Pyro.Tests.Unit.Connect;

/// <summary>What every way of calling must do alike, whatever lies between caller and handler.</summary>
public abstract class CallInvokerContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private Probe.ProbeClient? _made;

    /// <summary>The invoker under test.</summary>
    private protected abstract CallInvoker Invoker { get; }

    /// <summary>The service that it calls.</summary>
    private protected abstract ProbeService Service { get; }

    private Probe.ProbeClient Client => _made ??= new Probe.ProbeClient(Invoker);

    [Fact]
    public async Task A_unary_call_is_answered()
    {
        using var call = Client.UnaryAsync(new Ask { Text = "x", Number = 7, Blob = ByteString.CopyFrom(new byte[100_000]) });
        var answer = await call;
        Assert.Equal(("x", 7L, 100_000), (answer.Text, answer.Number, answer.Blob.Length));
        Assert.Equal(Status.DefaultSuccess.StatusCode, call.GetStatus().StatusCode);
        Assert.DoesNotContain(call.GetTrailers(), entry => !entry.Key.StartsWith("grpc-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metadata_travels_both_ways()
    {
        using var call = Client.UnaryAsync(new Ask { Order = "metadata" }, [new("question", "forty-two"), new("x-scope-orgid", "tenant"), new("blob-bin", new byte[] { 0, 255 })]);
        var headers = await call.ResponseHeadersAsync;
        Assert.Equal("forty-two", headers.GetValue("answer"));
        Assert.Equal([1, 2, 255], headers.GetValueBytes("raw-bin"));
        await call;
        Assert.Equal("end", call.GetTrailers().GetValue("tail"));
        Assert.Equal([3, 4], call.GetTrailers().GetValueBytes("tail-bin"));
    }

    [Theory]
    [InlineData("refuse")]
    [InlineData("status")]
    public async Task Every_status_comes_through(string order)
    {
        for (var code = 1; code <= 16; code++)
        {
            using var call = Client.UnaryAsync(new Ask { Order = order, Number = code, Text = "why <&> ö" });
            var error = await Refused(async () => await call);
            Assert.Equal(new Status((StatusCode)code, "why <&> ö"), error.Status, GrpcProtocolTests.SameStatus);
            Assert.Equal((StatusCode)code, call.GetStatus().StatusCode);
        }
    }

    [Fact]
    public async Task An_errors_trailers_come_through()
    {
        using var call = Client.UnaryAsync(new Ask { Order = "refuse with trailers" });
        var error = await Refused(async () => await call);
        Assert.Equal("gone", error.Trailers.GetValue("why"));
        Assert.Equal("gone", call.GetTrailers().GetValue("why"));
        Assert.NotNull(error.Trailers.GetValueBytes("grpc-status-details-bin"));
    }

    [Fact]
    public async Task An_unexpected_exception_is_internal_and_tells_nothing()
    {
        var error = await Refused(async () => await Client.UnaryAsync(new Ask { Order = "break" }));
        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.DoesNotContain("secret", error.ToString());
    }

    [Fact]
    public async Task A_handler_that_gives_up_is_cancelled() =>
        Assert.Equal(StatusCode.Cancelled, (await Refused(async () => await Client.UnaryAsync(new Ask { Order = "cancel" }))).StatusCode);

    [Theory]
    [InlineData("wait")]
    [InlineData("wait-badly")]
    public async Task A_passed_deadline_ends_caller_and_handler(string order)
    {
        // A call whose deadline passes on the way never reaches the handler.
        for (var seconds = 2; !Service.Waiting.IsCompleted; seconds *= 2)
        {
            var error = await Refused(async () => await Client.UnaryAsync(new Ask { Order = order }, deadline: DateTime.UtcNow.AddSeconds(seconds)));
            Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        }

        await Service.Cancelled.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_deadline_in_the_past_has_passed()
    {
        var error = await Refused(async () => await Client.UnaryAsync(new Ask(), deadline: DateTime.UtcNow.AddSeconds(-1)));
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Fact]
    public async Task The_handler_knows_the_deadline()
    {
        var began = DateTime.UtcNow;
        var deadline = began.AddMinutes(10);
        await Client.UnaryAsync(new Ask { Order = "metadata" }, deadline: deadline);
        // What travels is how long it may take still, so that the time on the way is added.
        Assert.InRange(Service.SeenDeadline - deadline, TimeSpan.FromSeconds(-2), DateTime.UtcNow - began + TimeSpan.FromSeconds(2));
        await Client.UnaryAsync(new Ask());
        Assert.Equal(DateTime.MaxValue, Service.SeenDeadline);
    }

    [Fact]
    public async Task A_callers_cancel_ends_caller_and_handler()
    {
        using var gone = new CancellationTokenSource();
        using var call = Client.UnaryAsync(new Ask { Order = "wait" }, cancellationToken: gone.Token);
        await Service.Waiting.WaitAsync(Patience);
        await gone.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Refused(async () => await call)).StatusCode);
        await Service.Cancelled.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_call_that_was_disposed_is_cancelled()
    {
        var call = Client.UnaryAsync(new Ask { Order = "wait" });
        await Service.Waiting.WaitAsync(Patience);
        call.Dispose();
        Assert.Equal(StatusCode.Cancelled, (await Refused(async () => await call)).StatusCode);
        await Service.Cancelled.WaitAsync(Patience);
    }

    [Fact]
    public async Task The_end_is_not_told_before_it_comes()
    {
        using var call = Client.UnaryAsync(new Ask { Order = "wait" });
        await Service.Waiting.WaitAsync(Patience);
        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        Assert.Throws<InvalidOperationException>(() => call.GetTrailers());
    }

    [Fact]
    public async Task An_unknown_method_is_unimplemented()
    {
        var method = new Method<Ask, Answer>(MethodType.Unary, "pyro.tests.v1.Probe", "Nope", Of(Ask.Parser), Of(Answer.Parser));
        var error = await Refused(async () => await Invoker.AsyncUnaryCall(method, null, default, new Ask()));
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public async Task A_download_comes_in_order_and_ends()
    {
        using var call = Client.Download(new Ask { Number = 100, Order = "trailers" });
        for (var i = 0; i < 100; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(i, call.ResponseStream.Current.Number);
        }
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Equal("end", call.GetTrailers().GetValue("tail"));
    }

    [Fact]
    public async Task A_download_that_fails_tells_what_came_before()
    {
        using var call = Client.Download(new Ask { Number = 3, Order = "refuse with trailers" });
        for (var i = 0; i < 3; i++)
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.NotFound, (await Refused(() => call.ResponseStream.MoveNext(CancellationToken.None))).StatusCode);
        Assert.Equal("gone", call.GetTrailers().GetValue("why"));
    }

    [Fact]
    public async Task A_writer_waits_for_its_reader()
    {
        using var call = Client.Download(new Ask { Number = 10_000, Blob = ByteString.CopyFrom(new byte[50_000]) });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        await Settled(() => Service.Written);
        // It counts a message once that is gone, which its reader may have by then.
        Assert.InRange(Service.Written, 0, 300);
        var count = 1;
        while (count < 500 && await call.ResponseStream.MoveNext(CancellationToken.None))
            count++;
        Assert.Equal(500, count);
        Assert.InRange(Service.Written, 499, 800);
    }

    [Fact]
    public async Task A_download_can_be_given_up()
    {
        using var call = Client.Download(new Ask { Number = 1, Order = "wait" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        using var gone = new CancellationTokenSource();
        var next = call.ResponseStream.MoveNext(gone.Token);
        await gone.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Refused(() => next)).StatusCode);
        await Service.Cancelled.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_downloads_deadline_ends_it()
    {
        // The way is known then, and the first message comes in time.
        await Client.UnaryAsync(new Ask());
        using var call = Client.Download(new Ask { Number = 1, Order = "wait" }, deadline: DateTime.UtcNow.AddSeconds(10));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Refused(() => call.ResponseStream.MoveNext(CancellationToken.None))).StatusCode);
        await Service.Cancelled.WaitAsync(Patience);
    }

    [Fact]
    public async Task An_upload_is_summed()
    {
        using var call = Client.Upload();
        for (var i = 1; i <= 100; i++)
            await call.RequestStream.WriteAsync(new Ask { Number = i });
        await call.RequestStream.CompleteAsync();
        Assert.Equal(5050, (await call).Number);
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new Ask()));
    }

    [Fact]
    public async Task An_upload_that_is_refused_stops_its_writer()
    {
        using var call = Client.Upload();
        // The writer may learn of the cut stream before it learns of the status: only the call's own end is sure to tell why.
        await Refused(async () =>
        {
            await call.RequestStream.WriteAsync(new Ask { Order = "refuse", Number = (long)StatusCode.AlreadyExists, Text = "no" });
            while (true)
                await call.RequestStream.WriteAsync(new Ask { Blob = ByteString.CopyFrom(new byte[10_000]) });
        });
        Assert.Equal(StatusCode.AlreadyExists, (await Refused(async () => await call)).StatusCode);
    }

    [Fact]
    public async Task An_upload_may_be_answered_early()
    {
        using var call = Client.Upload();
        await call.RequestStream.WriteAsync(new Ask { Number = 2 });
        await call.RequestStream.WriteAsync(new Ask { Order = "enough" });
        Assert.Equal(2, (await call).Number);
    }

    [Fact]
    public async Task A_talk_goes_to_and_fro()
    {
        using var call = Client.Talk();
        for (var i = 0; i < 50; i++)
        {
            await call.RequestStream.WriteAsync(new Ask { Number = i });
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(i, call.ResponseStream.Current.Number);
        }
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    [Fact]
    public async Task A_talk_that_is_left_ends_its_handler()
    {
        var call = Client.Talk();
        await call.RequestStream.WriteAsync(new Ask { Order = "wait" });
        await Service.Waiting.WaitAsync(Patience);
        call.Dispose();
        await Service.Cancelled.WaitAsync(Patience);
    }

    private static async Task<RpcException> Refused(Func<Task> call) => await Assert.ThrowsAsync<RpcException>(() => call().WaitAsync(Patience));

    private static async Task Settled(Func<int> count)
    {
        for (var (before, same) = (-1, 0); same < 10; same = before == count() ? same + 1 : 0)
        {
            before = count();
            await Task.Delay(10);
        }
    }

    private static Marshaller<T> Of<T>(MessageParser<T> parser)
        where T : IMessage<T> => Marshallers.Create(message => message.ToByteArray(), parser.ParseFrom);
}
