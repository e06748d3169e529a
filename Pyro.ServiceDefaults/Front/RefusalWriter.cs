using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Pyro.Connect.Protocol;

namespace Pyro.ServiceDefaults.Front;

/// <summary>Answers a refused request in the protocol it came in, without reading its body.</summary>
internal static class RefusalWriter
{
    public static Task Write(HttpContext context, Refusal refusal)
    {
        if (refusal.RetryAfterSeconds > 0)
            context.Response.Headers.RetryAfter = refusal.RetryAfterSeconds.ToString();
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true)
            return GrpcError.Write(context, new Status(refusal.Code, refusal.Message));
        return context.GetEndpoint()?.Metadata.GetMetadata<PlainRoute>() is null
            ? ConnectError.Write(context, refusal.Code, refusal.Message)
            : ConnectError.WritePlain(context, ConnectCode.Http(refusal.Code), refusal.Code, refusal.Message);
    }
}
