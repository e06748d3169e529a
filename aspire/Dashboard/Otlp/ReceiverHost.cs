using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Aspire.Dashboard.Telemetry;
using Aspire.Dashboard.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Aspire.Dashboard.Otlp;

/// <summary>
/// Takes OTLP over gRPC and over HTTP with protobuf bodies. What a sender can cost is bounded: bodies are read within bounds, and one
/// after another is read into the store.
/// </summary>
internal sealed class ReceiverHost : IDisposable
{
    private readonly RequestBodies _bodies = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly TelemetryStore _store;
    private readonly byte[]? _key;
    private byte[] _unpacked = [];

    private ReceiverHost(TelemetryStore store, string? key)
    {
        _store = store;
        _key = key is null ? null : Hash(key);
    }

    public static WebApplication Build(DashboardOptions options, TelemetryStore store)
    {
        var builder = Listening.Builder(options, (options.OtlpGrpc, HttpProtocols.Http2), (options.OtlpHttp, HttpProtocols.Http1AndHttp2));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Bodies have their own bounds; these are for what a connection may send ahead of the reading.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestBufferSize = 64 << 10;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 128 << 10;
            kestrel.Limits.Http2.InitialStreamWindowSize = 96 << 10;
        });
        var app = builder.Build();
        var receiver = new ReceiverHost(store, options.OtlpApiKey);
        app.Lifetime.ApplicationStopped.Register(receiver.Dispose);
        foreach (var signal in OtlpSignal.All)
        {
            app.MapPost(signal.Path, context => receiver.Take(context, signal, OtlpWay.Http));
            app.MapPost($"/{signal.Service}/Export", context => receiver.Take(context, signal, OtlpWay.Grpc));
        }
        app.Lifetime.ApplicationStopped.Register(receiver.Dispose);
        return app;
    }

    public void Dispose() => _turn.Dispose();

    private async Task Take(HttpContext context, OtlpSignal signal, OtlpWay way)
    {
        var (request, aborted) = (context.Request, context.RequestAborted);
        try
        {
            if (_key is not null && !CryptographicOperations.FixedTimeEquals(Hash(request.Headers["x-otlp-api-key"].ToString()), _key))
                throw new OtlpException("The header x-otlp-api-key does not hold the key of this run.", OtlpFailure.WrongKey);
            way.Check(request);
            long refused;
            using (var body = await _bodies.Read(request.Body, request.ContentLength, aborted))
            {
                var (message, isGzip) = way.Message(request, body.Content);
                refused = await Store(signal, message, isGzip, aborted);
            }
            await way.Answer(context.Response, OtlpSignal.Answer(refused), aborted);
        }
        catch (OtlpException e)
        {
            await way.Fail(context.Response, e.Failure, e.Message, aborted);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException e)
        {
            await way.Fail(context.Response, OtlpFailure.Malformed with { Status = e.StatusCode }, e.Message, aborted);
        }
        catch (Exception e) when (aborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The sender has gone.
        }
    }

    /// <summary>Only one at a time is unpacked and read, so what a small body can make of itself is there only once.</summary>
    private async Task<long> Store(OtlpSignal signal, ReadOnlyMemory<byte> message, bool isGzip, CancellationToken aborted)
    {
        await _turn.WaitAsync(aborted);
        try
        {
            return signal.Store(isGzip ? Unpack(message) : message.Span, _store);
        }
        finally
        {
            _turn.Release();
        }
    }

    private ReadOnlySpan<byte> Unpack(ReadOnlyMemory<byte> packed)
    {
        if (_unpacked.Length == 0)
            _unpacked = new byte[RequestBodies.MaxBytes + 1];
        MemoryMarshal.TryGetArray(packed, out var bytes);
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count), CompressionMode.Decompress);
            var length = gzip.ReadAtLeast(_unpacked, _unpacked.Length, throwOnEndOfStream: false);
            return length <= RequestBodies.MaxBytes
                ? _unpacked.AsSpan(0, length)
                : throw new OtlpException($"The request has more than {RequestBodies.MaxBytes} bytes unpacked.", OtlpFailure.TooLarge);
        }
        catch (InvalidDataException)
        {
            throw new OtlpException("The body is not gzip.", OtlpFailure.Malformed);
        }
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
