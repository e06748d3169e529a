using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Dashboard.Web;

/// <summary>Web hosts inside another program: nothing read from its environment or files, no signals caught, nothing written to its terminal.</summary>
internal static class Listening
{
    /// <summary>A builder with Kestrel on the given addresses, in this order, and routing.</summary>
    public static WebApplicationBuilder Builder(DashboardOptions options, params (Uri? Address, HttpProtocols Protocols)[] addresses)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Aspire.Dashboard" });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 512;
            foreach (var (address, protocols) in addresses)
            {
                if (address is not null)
                    Listen(kestrel, address, protocols);
            }
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>());
        if (options.Logging is not null)
        {
            builder.Services.AddLogging(logging => logging.AddFilter((category, level) => level >= LogLevel.Warning && !IsToldByStart(category, level)));
            builder.Services.AddSingleton<ILoggerProvider>(new ForwardingLogs(options.Logging));
        }
        return builder;
    }

    /// <summary>Starts a host.</summary>
    /// <exception cref="IOException">It cannot listen; the message says where and why, in one sentence without its end.</exception>
    public static async Task Start(WebApplication app, CancellationToken cancellation, params Uri?[] addresses)
    {
        try
        {
            if (Array.Find(addresses, address => address is not null && address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps) is { } strange)
                throw new IOException($"{strange.Scheme} is neither http nor https");
            await app.StartAsync(cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var places = string.Join(" or ", addresses.OfType<Uri>().Select(address => address.GetLeftPart(UriPartial.Authority)));
            throw new IOException($"cannot listen on {places}: {Why(e, addresses)}", e);
        }
    }

    /// <summary>The address really bound for the wanted one, the <paramref name="index"/>th of the host.</summary>
    public static Uri Bound(WebApplication app, int index, Uri wanted)
    {
        if (wanted.Port != 0)
            return wanted;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new Uri(addresses.ElementAt(index));
    }

    private static string Why(Exception e, Uri?[] addresses) => SocketErrorOf(e) switch
    {
        SocketError.AddressAlreadyInUse => "the port is in use by another program",
        SocketError.AccessDenied => "this user may not open the port; one above 1023 needs no rights",
        SocketError.AddressNotAvailable => "it is no address of this machine",
        null when e is InvalidOperationException && Array.Exists(addresses, address => address?.Scheme == Uri.UriSchemeHttps) =>
            "there is no certificate for https; `dotnet dev-certs https` makes one, and http needs none",
        _ => e.Message.TrimEnd('.'),
    };

    /// <summary>What the system said; of "localhost" one of two addresses is enough.</summary>
    private static SocketError? SocketErrorOf(Exception? e) => e switch
    {
        null => null,
        SocketException socket => socket.SocketErrorCode,
        AggregateException several => SocketErrorOf(several.InnerExceptions[0]),
        _ => SocketErrorOf(e.InnerException),
    };

    /// <summary>Whether a log line only repeats, with a long trace, what <see cref="Start"/> throws.</summary>
    private static bool IsToldByStart(string? category, LogLevel level) =>
        category == "Microsoft.Extensions.Hosting.Internal.Host" || (category == "Microsoft.AspNetCore.Server.Kestrel" && level != LogLevel.Error);

    private static void Listen(KestrelServerOptions kestrel, Uri address, HttpProtocols protocols)
    {
        void Configure(ListenOptions listen)
        {
            // Without TLS nothing could choose between the versions of HTTP.
            listen.Protocols = address.Scheme == Uri.UriSchemeHttps || protocols == HttpProtocols.Http2 ? protocols : HttpProtocols.Http1;
            if (address.Scheme == Uri.UriSchemeHttps)
                listen.UseHttps();
        }

        // Any free port cannot be asked for on both loopback addresses at once.
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
            kestrel.Listen(ip, address.Port, Configure);
        else if (!address.IsLoopback)
            kestrel.ListenAnyIP(address.Port, Configure);
        else if (address.Port == 0)
            kestrel.Listen(IPAddress.Loopback, 0, Configure);
        else
            kestrel.ListenLocalhost(address.Port, Configure);
    }

    /// <summary>The program around the dashboard decides when it ends.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class ForwardingLogs(ILoggerFactory target) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => target.CreateLogger(categoryName);

        public void Dispose()
        {
        }
    }
}
