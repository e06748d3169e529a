using Microsoft.AspNetCore.Http;
using Pyro.Connect.Protocol;

namespace Pyro.ServiceDefaults.Front;

/// <summary>Answers a refused request in the protocol it came in, without reading its body.</summary>
internal static class RefusalWriter
{
    public static Task Write(HttpContext context, Refusal refusal)
    {
        var response = context.Response;
        if (refusal.RetryAfterSeconds > 0)
            response.Headers.RetryAfter = refusal.RetryAfterSeconds.ToString();
        var contentType = context.Request.ContentType;
        if (contentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true)
        {
            // A response of headers only carries the status in its headers: gRPC's and gRPC-Web's form alike.
            response.ContentType = contentType;
            response.Headers["grpc-status"] = ((int)refusal.Code).ToString();
            response.Headers["grpc-message"] = Uri.EscapeDataString(refusal.Message);
            return response.CompleteAsync();
        }
        return context.GetEndpoint()?.Metadata.GetMetadata<PlainRoute>() is null
            ? ConnectError.Write(context, refusal.Code, refusal.Message)
            : ConnectError.WritePlain(context, ConnectCode.Http(refusal.Code), refusal.Code, refusal.Message);
    }
}
