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
        var (status, error) = Outcome(context.Response.StatusCode, failure);
        var message = Message(context.GetReverseProxyFeature().Cluster.Config.ClusterId, error);
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            await GrpcError.Write(context, new Status(ConnectCode.FromHttp(status), message));
            return;
        }
        await ConnectError.WritePlain(context, status, message);
    }

    /// <summary>What YARP found, as it is to the client: whoever only has to come again must not be told that the request is bad.</summary>
    private static (int Status, ForwarderError Error) Outcome(int status, IForwarderErrorFeature failure)
    {
        // Of a body that was on its way the error comes first, and that of the whole request behind it.
        var (body, request) = failure.Exception is AggregateException { InnerExceptions: [var first, var last] } ? (first, last) : (null, failure.Exception);
        if (PeerFailure.LeftPingsUnanswered(request))
            return (StatusCodes.Status504GatewayTimeout, ForwarderError.RequestTimedOut);
        // A connection that breaks ends the reading of the body too; YARP takes that for the client's fault.
        if (status is StatusCodes.Status400BadRequest && body is OperationCanceledException)
            return (StatusCodes.Status503ServiceUnavailable, ForwarderError.RequestBodyDestination);
        // What could not be connected to is a bad gateway to YARP; it may be there again in a moment.
        return (status is StatusCodes.Status502BadGateway ? StatusCodes.Status503ServiceUnavailable : status, failure.Error);
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
