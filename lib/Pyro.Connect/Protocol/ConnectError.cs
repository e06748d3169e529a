using System.Buffers;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Pyro.Connect.Protocol;

/// <summary>The JSON of an error, <c>{"code":"…","message":"…"}</c>, in Connect calls and on plain routes.</summary>
public static class ConnectError
{
    private static readonly JsonWriterOptions AsInGo = new() { Encoder = GoJsonEncoder.Instance };

    /// <summary>The error as UTF-8 JSON, escaped as Go does it; an empty message is left out.</summary>
    public static byte[] Json(StatusCode code, string message) => Json(code, message, []);

    /// <summary>Answers a Connect call with an error.</summary>
    public static Task Write(HttpContext context, StatusCode code, string message) => Write(context, new Status(code, message), []);

    /// <summary>The same with what the error's trailers say; details go into the body.</summary>
    public static Task Write(HttpContext context, Status status, Metadata trailers)
    {
        context.Response.StatusCode = ConnectCode.Http(status.StatusCode);
        return Send(context, Json(status.StatusCode, status.Detail, ErrorDetails.Of(trailers)));
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

    private static byte[] Json(StatusCode code, string message, IReadOnlyList<Any> details)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer, AsInGo))
        {
            json.WriteStartObject();
            json.WriteString("code", ConnectCode.Name(code));
            if (message.Length > 0)
                json.WriteString("message", message);
            if (details.Count > 0)
            {
                json.WriteStartArray("details");
                foreach (var detail in details)
                {
                    json.WriteStartObject();
                    json.WriteString("type", Any.GetTypeName(detail.TypeUrl));
                    json.WriteString("value", detail.Value.ToBase64().TrimEnd('='));
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static Task Send(HttpContext context, byte[] body)
    {
        // What is not available now may be so in a moment; who knows better has said so.
        if (context.Response is { StatusCode: StatusCodes.Status503ServiceUnavailable, Headers: { RetryAfter.Count: 0 } headers })
            headers.RetryAfter = "1";
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
