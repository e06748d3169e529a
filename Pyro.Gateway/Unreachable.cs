using Grpc.Core;
using Pyro.Connect;
using Pyro.Connect.Protocol;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Pyro.Gateway;

/// <summary>Answers in the protocol of the request when a component could not: its own errors pass as they are.</summary>
internal static class Unreachable
{
    /// <summary>Stands before the forwarding.</summary>
    public static async Task Answer(HttpContext context, RequestDelegate forward)
    {
        await forward(context);
        if (context.GetForwarderErrorFeature() is not { } failure || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return;
        // What could not be connected to is a bad gateway to YARP; it may be there again in a moment.
        var (status, error) = (context.Response.StatusCode, failure.Error);
        if (PeerFailure.LeftPingsUnanswered(failure.Exception))
            (status, error) = (StatusCodes.Status504GatewayTimeout, ForwarderError.RequestTimedOut);
        else if (status is StatusCodes.Status502BadGateway)
            status = StatusCodes.Status503ServiceUnavailable;
        var message = Message(context.GetReverseProxyFeature().Cluster.Config.ClusterId, error);
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            await GrpcError.Write(context, new Status(ConnectCode.FromHttp(status), message));
            return;
        }
        await ConnectError.WritePlain(context, status, message);
    }

    private static string Message(string component, ForwarderError error) => error switch
    {
        ForwarderError.NoAvailableDestinations => $"no address of the {component} is known",
        ForwarderError.RequestTimedOut => $"the {component} did not answer in time",
        ForwarderError.RequestBodyClient => "the body of the request cannot be read",
        ForwarderError.RequestBodyDestination or ForwarderError.ResponseBodyDestination => $"the connection to the {component} broke",
        _ => $"the {component} cannot be reached",
    };
}
