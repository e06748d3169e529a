using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Pyro.Connect.Protocol;

/// <summary>What an exception of a handler becomes for the caller, alike in all protocols and in process.</summary>
public static class CallErrors
{
    /// <summary>The status of an exception; a deadline that passed beats whatever else came of it.</summary>
    public static RpcException Translate(Exception exception, bool deadlinePassed, bool cancelled) => exception switch
    {
        _ when deadlinePassed => new RpcException(new Status(StatusCode.DeadlineExceeded, "context deadline exceeded")),
        RpcException rpc => rpc,
        OperationCanceledException when cancelled => new RpcException(new Status(StatusCode.Cancelled, "context canceled")),
        OperationCanceledException => new RpcException(new Status(StatusCode.Cancelled, "the call was given up")),
        // What an unexpected exception says is for the log, not for the client.
        _ => new RpcException(new Status(StatusCode.Internal, "internal error, see the server's log")),
    };

    /// <summary>Whether an exception is a fault of ours that the log must tell.</summary>
    public static bool IsFault(Exception exception) => exception is not (RpcException or OperationCanceledException);

    internal static void LogFault(ILogger logger, Exception exception, string method)
    {
        if (IsFault(exception))
            logger.LogError(exception, "A call failed: {Method}", method);
    }
}
