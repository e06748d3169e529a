using System.Net.Sockets;
using Grpc.Core;

namespace Pyro.Connect;

/// <summary>Tells apart what a peer answered and that it could not be asked.</summary>
public static class PeerFailure
{
    /// <summary>
    /// The status of a failed call. When the connection could not be made, or broke, that is always unavailable with a text for people;
    /// the gRPC client calls some of it internal.
    /// </summary>
    public static Status Of(RpcException failure) => failure.Status.DebugException switch
    {
        HttpRequestException or IOException or SocketException => new Status(
            StatusCode.Unavailable, $"cannot be reached: {Innermost(failure.Status.DebugException).Message}", failure.Status.DebugException),
        _ => failure.Status,
    };

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;
}
