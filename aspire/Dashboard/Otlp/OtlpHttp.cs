using System.Buffers;
using System.IO.Compression;
using System.Text;
using Aspire.Dashboard.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Aspire.Dashboard.Otlp;

/// <summary>OTLP over HTTP: POST with a protobuf body, plain or gzip.</summary>
internal static class OtlpHttp
{
    private const string Protobuf = "application/x-protobuf";

    public static async Task Take(HttpContext context, OtlpSignal signal, TelemetryStore store)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.MediaType.Equals(Protobuf, StringComparison.OrdinalIgnoreCase))
        {
            await Fail(context, StatusCodes.Status415UnsupportedMediaType, $"The content type has to be {Protobuf}.");
            return;
        }
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = ReceiverHost.MaxBytes;

        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            await using var body = Decoded(context.Request);
            if (body is null)
            {
                await Fail(context, StatusCodes.Status415UnsupportedMediaType, "The content encoding has to be gzip or none.");
                return;
            }
            var length = 0;
            for (int read; (read = await body.ReadAsync(buffer.AsMemory(length), context.RequestAborted)) > 0;)
            {
                length += read;
                if (length > ReceiverHost.MaxBytes)
                {
                    await Fail(context, StatusCodes.Status413PayloadTooLarge, $"The request has more than {ReceiverHost.MaxBytes} bytes.");
                    return;
                }
                if (length == buffer.Length)
                    buffer = Grow(buffer);
            }
            await Answer(context, OtlpSignal.Answer(signal.Store(buffer.AsSpan(0, length), store)));
        }
        catch (OtlpException e)
        {
            await Fail(context, StatusCodes.Status400BadRequest, "not a request of OTLP: " + e.Message);
        }
        catch (InvalidDataException)
        {
            await Fail(context, StatusCodes.Status400BadRequest, "The body is not gzip.");
        }
        catch (BadHttpRequestException e)
        {
            await Fail(context, e.StatusCode, e.Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Stream? Decoded(HttpRequest request) => request.Headers.ContentEncoding.ToString() switch
    {
        "" or "identity" => request.Body,
        "gzip" => new GZipStream(request.Body, CompressionMode.Decompress),
        _ => null,
    };

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    /// <summary>An error as google.rpc.Status, whose field 2 is the message.</summary>
    private static Task Fail(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        var text = Encoding.UTF8.GetBytes(message.Length > 120 ? message[..120] : message);
        return Answer(context, [2 << 3 | 2, .. Length(text.Length), .. text]);
    }

    private static byte[] Length(int length) => length < 0x80 ? [(byte)length] : [(byte)(length | 0x80), (byte)(length >> 7)];

    private static async Task Answer(HttpContext context, byte[] message)
    {
        context.Response.ContentType = Protobuf;
        context.Response.ContentLength = message.Length;
        await context.Response.Body.WriteAsync(message, context.RequestAborted);
    }
}
