using System.Net;
using System.Text;
using Aspire.StandIns.S3.Faults;
using Aspire.StandIns.S3.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.StandIns.S3;

/// <summary>A server of S3's protocol on the loopback address, with one access key.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly Buckets _buckets;

    private S3Server(WebApplication web, Buckets buckets, FaultList faults)
    {
        _web = web;
        _buckets = buckets;
        Faults = faults;
    }

    /// <summary>Where it listens.</summary>
    public Uri Url => new(_web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The faults that it has been asked for.</summary>
    public FaultList Faults { get; }

    /// <summary>Starts it.</summary>
    /// <exception cref="IOException">The port is taken, or the folder is another process's.</exception>
    public static async Task<S3Server> Start(S3Options options, CancellationToken cancellation)
    {
        var buckets = await Buckets.Open(options.Folder, cancellation);
        try
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, options.Port));
            builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
            var web = builder.Build();
            var faults = new FaultList();
            var calls = new S3Dispatch(options, buckets, faults, web.Logger);
            web.Run(calls.Answer);
            await web.StartAsync(cancellation);
            return new(web, buckets, faults);
        }
        catch
        {
            buckets.Dispose();
            throw;
        }
    }

    /// <summary>Ends when the process is asked to.</summary>
    public Task WaitForShutdown() => _web.WaitForShutdownAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
        _buckets.Dispose();
    }

    private static void Limit(KestrelServerOptions kestrel, int port)
    {
        if (port == 0)
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        else
            kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http1);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        // A key of 1,024 bytes may take three times as many, and a signed URL has a long query.
        kestrel.Limits.MaxRequestLineSize = 32 << 10;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.UTF8;
    }
}
