using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Pyro.Connect.Protocol;

/// <summary>The JSON of an error, <c>{"code":"…","message":"…"}</c>, in Connect calls and on plain routes.</summary>
public static class ConnectError
{
    // Go's encoder, whose texts clients compare, leaves all but control characters and <>& as they are.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The error as UTF-8 JSON; an empty message is left out.</summary>
    public static byte[] Json(StatusCode code, string message)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("code", ConnectCode.Name(code));
            if (message.Length > 0)
                json.WriteString("message", message);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Answers a Connect call with an error.</summary>
    public static Task Write(HttpContext context, StatusCode code, string message)
    {
        context.Response.StatusCode = ConnectCode.Http(code);
        return Send(context, Json(code, message));
    }

    /// <summary>Answers a plain route with an error: as Pyroscope writes it, with a newline at the end.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">HTTP status; the code in the body follows from it.</param>
    /// <param name="message">For the client.</param>
    public static Task WritePlain(HttpContext context, int status, string message) =>
        WritePlain(context, status, ConnectCode.FromHttp(status), message);

    /// <summary>The same with a code that the status alone does not tell.</summary>
    public static Task WritePlain(HttpContext context, int status, StatusCode code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Send(context, [.. Json(code, message), (byte)'\n']);
    }

    private static Task Send(HttpContext context, byte[] body)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
