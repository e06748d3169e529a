using System.Security.Cryptography;
using System.Text;
using Aspire.Dashboard.Telemetry;
using Aspire.Dashboard.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Dashboard.Otlp;

/// <summary>
/// Takes OTLP over gRPC and over HTTP with protobuf bodies. What a sender can cost is bounded: a few requests at a time, a few seconds
/// each, one size for all.
/// </summary>
internal static class ReceiverHost
{
    /// <summary>The largest request, unpacked, in bytes.</summary>
    public const int MaxBytes = 8 << 20;

    private const int AtOnce = 4;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    public static WebApplication Build(DashboardOptions options, TelemetryStore store)
    {
        var builder = Listening.Builder(options, (options.OtlpGrpc, HttpProtocols.Http2), (options.OtlpHttp, HttpProtocols.Http1AndHttp2));
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MaxBytes;
            grpc.EnableDetailedErrors = false;
        });
        var app = builder.Build();
        var key = options.OtlpApiKey is null ? null : Hash(options.OtlpApiKey);
        var gate = new SemaphoreSlim(AtOnce);
        app.Use((context, next) => Admit(context, next, key, gate));
        foreach (var signal in OtlpSignal.All)
        {
            app.MapGrpcService(signal.Definition(store));
            app.MapPost(signal.Path, context => OtlpHttp.Take(context, signal, store));
        }
        return app;
    }

    private static async Task Admit(HttpContext context, RequestDelegate next, byte[]? key, SemaphoreSlim gate)
    {
        if (key is not null && !CryptographicOperations.FixedTimeEquals(Hash(context.Request.Headers["x-otlp-api-key"].ToString()), key))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }
        if (!await gate.WaitAsync(Longest, context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "1";
            return;
        }
        try
        {
            using var limit = new CancellationTokenSource(Longest);
            await using var cut = limit.Token.Register(context.Abort);
            await next(context);
        }
        finally
        {
            gate.Release();
        }
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
