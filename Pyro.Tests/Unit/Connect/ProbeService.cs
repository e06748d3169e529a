using Google.Protobuf;
using Grpc.Core;

namespace Pyro.Tests.Unit.Connect;

/// <summary>Does what <see cref="Ask.Order"/> says, in every call shape.</summary>
internal sealed class ProbeService : Probe.ProbeBase
{
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when a handler waits.</summary>
    public Task Waiting => _waiting.Task;

    /// <summary>Ends when a handler that waited was cancelled.</summary>
    public Task Cancelled => _cancelled.Task;

    /// <summary>What the last call's handler saw.</summary>
    public ServerCallContext? Seen { get; private set; }

    /// <summary>Its deadline.</summary>
    public DateTime SeenDeadline { get; private set; }

    /// <summary>How many messages <c>Download</c> has written.</summary>
    public int Written { get; private set; }

    public override async Task<Answer> Unary(Ask request, ServerCallContext context)
    {
        await Obey(request, context);
        return new Answer { Text = request.Text, Number = request.Number, Blob = request.Blob };
    }

    public override async Task Download(Ask request, IServerStreamWriter<Answer> responseStream, ServerCallContext context)
    {
        for (Written = 0; Written < request.Number; Written++)
            await responseStream.WriteAsync(new Answer { Number = Written, Blob = request.Blob });
        await Obey(request, context);
    }

    public override async Task<Answer> Upload(IAsyncStreamReader<Ask> requestStream, ServerCallContext context)
    {
        Seen = context;
        var sum = 0L;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            await Obey(requestStream.Current, context);
            if (requestStream.Current.Order == "enough")
                break;
            sum += requestStream.Current.Number;
        }
        return new Answer { Number = sum };
    }

    public override async Task Talk(IAsyncStreamReader<Ask> requestStream, IServerStreamWriter<Answer> responseStream, ServerCallContext context)
    {
        Seen = context;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            await Obey(requestStream.Current, context);
            await responseStream.WriteAsync(new Answer { Text = requestStream.Current.Text, Number = requestStream.Current.Number });
        }
    }

    public override Task<Everything> Mirror(Everything request, ServerCallContext context) => Task.FromResult(request);

    private async Task Obey(Ask request, ServerCallContext context)
    {
        Seen = context;
        SeenDeadline = context.Deadline;
        switch (request.Order)
        {
            case "metadata":
                await context.WriteResponseHeadersAsync([new("answer", context.RequestHeaders.GetValue("question") ?? "none"), new("raw-bin", new byte[] { 1, 2, 255 })]);
                goto case "trailers";
            case "trailers":
                context.ResponseTrailers.Add("tail", "end");
                context.ResponseTrailers.Add("tail-bin", [3, 4]);
                break;
            case "wait":
                await Wait(context);
                break;
            case "wait-badly":
                // A nested cancel must not hide that the deadline passed.
                try
                {
                    await Wait(context);
                }
                catch (OperationCanceledException e)
                {
                    throw new InvalidOperationException("secret of the handler", e);
                }
                break;
            case "refuse":
                throw new RpcException(new Status((StatusCode)request.Number, request.Text));
            case "refuse with trailers":
                throw new RpcException(new Status(StatusCode.NotFound, "<none> & \"quoted\""), [new("why", "gone"), new("grpc-status-details-bin", Details())]);
            case "status":
                context.Status = new Status((StatusCode)request.Number, request.Text);
                break;
            case "break":
                throw new InvalidOperationException("secret of the handler");
            case "cancel":
                throw new OperationCanceledException();
            default:
                break;
        }
    }

    private async Task Wait(ServerCallContext context)
    {
        try
        {
            _waiting.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            _cancelled.TrySetResult();
            throw;
        }
    }

    /// <summary>A google.rpc.Status with one detail.</summary>
    private static byte[] Details()
    {
        var any = Google.Protobuf.WellKnownTypes.Any.Pack(new Answer { Text = "detail" }).ToByteArray();
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream))
        {
            output.WriteTag(1, WireFormat.WireType.Varint);
            output.WriteInt32(5);
            output.WriteTag(3, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(any));
        }
        return stream.ToArray();
    }
}
