using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Pyro.Query.Render;

/// <summary>Errors of the plain routes: status and JSON as of a Connect error.</summary>
public static class PlainError
{
    /// <summary>Writes a status.</summary>
    public static Task WriteAsync(HttpContext context, Status status)
    {
        var (http, code) = status.StatusCode switch
        {
            StatusCode.Cancelled => (499, "canceled"),
            StatusCode.InvalidArgument => (400, "invalid_argument"),
            StatusCode.DeadlineExceeded => (504, "deadline_exceeded"),
            StatusCode.NotFound => (404, "not_found"),
            StatusCode.ResourceExhausted => (429, "resource_exhausted"),
            StatusCode.Unimplemented => (501, "unimplemented"),
            StatusCode.Internal => (500, "internal"),
            StatusCode.Unavailable => (503, "unavailable"),
            StatusCode.Unauthenticated => (401, "unauthenticated"),
            _ => (500, "unknown"),
        };
        context.Response.StatusCode = http;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(new { code, message = status.Detail }), context.RequestAborted);
    }
}
