using System.Net.Sockets;
using Grpc.Core;

namespace Pyro.Connect;

/// <summary>No address of a service is known.</summary>
/// <param name="service">Its name.</param>
public sealed class UnknownServiceException(string service) : IOException($"no address of the service {service} is known");

/// <summary>Tells apart what a peer answered and that it could not be asked.</summary>
public static class PeerFailure
{
    private const long ProtocolErrorCode = 1;

    /// <summary>
    /// The status of a failed call. When the connection could not be made, or broke, that is always unavailable with a text for people;
    /// the gRPC client calls some of it internal.
    /// </summary>
    public static Status Of(RpcException failure) => failure.Status.DebugException switch
    {
        HttpRequestException or IOException or SocketException or ObjectDisposedException => new Status(
            StatusCode.Unavailable, $"cannot be reached: {Reason(failure.Status.DebugException)}", failure.Status.DebugException),
        _ => failure.Status,
    };

    /// <summary>Why a peer cannot be reached, for people: never the text of an exception, which speaks of the program's insides.</summary>
    public static string Reason(Exception failure)
    {
        if (LeftPingsUnanswered(failure))
            return "no answer";
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case UnknownServiceException unknown:
                    return unknown.Message;
                case SocketException socket:
                    return Reason(socket.SocketErrorCode);
                case TimeoutException or OperationCanceledException:
                    return "no answer";
            }
        }
        return "the connection broke";
    }

    /// <summary>Whether our side gave the connection up: it does so with a protocol error (RFC 9113, 7) when a ping has no answer.</summary>
    public static bool LeftPingsUnanswered(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is HttpProtocolException { ErrorCode: ProtocolErrorCode })
                return true;
        }
        return false;
    }

    /// <summary>Whether a peer could not be reached since nothing tells where it is.</summary>
    public static bool IsUnknown(RpcException failure)
    {
        for (var cause = failure.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is UnknownServiceException || (cause is SocketException socket && IsUnknown(socket.SocketErrorCode)))
                return true;
        }
        return false;
    }

    private static bool IsUnknown(SocketError error) => error is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain;

    private static string Reason(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "Connection refused",
        SocketError.TimedOut => "no answer",
        _ when IsUnknown(error) => "its name is not known",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown => "no way leads to it",
        _ => "the connection broke",
    };
}
