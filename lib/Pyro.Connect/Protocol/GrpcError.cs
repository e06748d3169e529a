using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Pyro.Connect.Protocol;

/// <summary>An error in gRPC and gRPC-Web before anything else was answered.</summary>
public static class GrpcError
{
    /// <summary>Answers with a status in the headers, the form of a response without messages in both protocols.</summary>
    public static Task Write(HttpContext context, Status status)
    {
        var response = context.Response;
        response.ContentType = context.Request.ContentType;
        response.Headers["grpc-status"] = ((int)status.StatusCode).ToString();
        if (status.Detail.Length > 0)
            response.Headers["grpc-message"] = PercentEncode(status.Detail);
        return response.CompleteAsync();
    }

    /// <summary>Printable ASCII but the percent sign stays as it is (gRPC over HTTP/2, "Status-Message").</summary>
    private static string PercentEncode(string message)
    {
        var text = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and < 0x7F and not (byte)'%')
                text.Append((char)b);
            else
                text.Append('%').Append(b.ToString("X2"));
        }
        return text.ToString();
    }
}
