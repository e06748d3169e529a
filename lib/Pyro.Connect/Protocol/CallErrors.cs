using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>What an exception of a handler becomes for the caller, alike in all protocols and in process.</summary>
public static class CallErrors
{
    /// <summary>The status of an exception; a deadline that passed beats whatever else came of it.</summary>
    /// <param name="exception">What ended the call.</param>
    /// <param name="deadlinePassed">The caller's time is over.</param>
    /// <param name="cancelled">The caller gave up.</param>
    public static RpcException Translate(Exception exception, bool deadlinePassed, bool cancelled) => exception switch
    {
        _ when deadlinePassed => new RpcException(new Status(StatusCode.DeadlineExceeded, "context deadline exceeded")),
        RpcException rpc => rpc,
        OperationCanceledException when cancelled => new RpcException(new Status(StatusCode.Cancelled, "context canceled")),
        OperationCanceledException => new RpcException(new Status(StatusCode.Cancelled, "the call was given up")),
        _ when cancelled => new RpcException(new Status(StatusCode.Cancelled, "context canceled")),
        // What an unexpected exception says is for the log, not for the client.
        _ => new RpcException(new Status(StatusCode.Internal, "internal error, see the server's log")),
    };
}
