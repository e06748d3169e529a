using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Pyro.Connect.Listening;

/// <summary>
/// HTTP/1.1 and cleartext HTTP/2 on one port, which Kestrel has only with TLS: the first bytes of a connection are looked at, and one
/// that begins with HTTP/2's preface is handed to a second endpoint inside the process.
/// </summary>
public static class OnePort
{
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(30);

    /// <summary>Listens on an address; port 0 takes a free one.</summary>
    public static void ListenOnOnePort(this WebApplicationBuilder builder, IPAddress address, int port)
    {
        var handOver = new HandOverEndPoint();
        builder.Services.AddSingleton<IConnectionListenerFactory>(new HandOverListenerFactory());
        builder.Services.AddSingleton<IStartupFilter, NoOtherAddresses>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            // A peer that reads a stream with pauses would lose its whole connection; idle ones are found by pings and time-outs.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 4 << 20;
            kestrel.Limits.Http2.InitialStreamWindowSize = 1 << 20;
            kestrel.Listen(address, port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection => Sort(connection, next, handOver));
            });
            kestrel.Listen(handOver, listen => listen.Protocols = HttpProtocols.Http2);
        });
    }

    /// <summary>Whether an address of the server is the inner endpoint, which nobody can reach.</summary>
    public static bool IsInner(string url) => url.Contains(HandOverEndPoint.Name, StringComparison.Ordinal);

    private static async Task Sort(ConnectionContext connection, ConnectionDelegate next, HandOverEndPoint handOver)
    {
        switch (await IsHttp2(connection))
        {
            case true:
                await handOver.Take(connection);
                break;
            case false:
                await next(connection);
                break;
        }
    }

    /// <summary>Whether the first bytes are HTTP/2's preface; null when the connection ended, stayed silent or the server stops.</summary>
    private static async Task<bool?> IsHttp2(ConnectionContext connection)
    {
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping, connection.ConnectionClosed);
        patience.CancelAfter(SilenceMax);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(patience.Token);
                var verdict = Http2Preface.Compare(result.Buffer);
                // Nothing is consumed: whoever serves the connection reads these bytes again.
                input.AdvanceTo(result.Buffer.Start, verdict is null ? result.Buffer.End : result.Buffer.Start);
                if (verdict is not null)
                    return verdict;
                if (result.IsCompleted)
                    return result.Buffer.IsEmpty ? null : false;
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return null;
        }
    }
}

/// <summary>Takes away the addresses of ASPNETCORE_URLS and its like, which Kestrel would else warn of: who calls has heeded them.</summary>
internal sealed class NoOtherAddresses(IServer server) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next)
    {
        server.Features.Get<IServerAddressesFeature>()?.Addresses.Clear();
        return next;
    }
}

/// <summary>The first bytes that a client of HTTP/2 sends (RFC 9113, 3.4).</summary>
internal static class Http2Preface
{
    private static ReadOnlySpan<byte> Bytes => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Whether the bytes begin with the preface; null: too few to tell.</summary>
    public static bool? Compare(System.Buffers.ReadOnlySequence<byte> buffer)
    {
        Span<byte> first = stackalloc byte[Bytes.Length];
        var length = (int)Math.Min(buffer.Length, first.Length);
        System.Buffers.BuffersExtensions.CopyTo(buffer.Slice(0, length), first);
        return !Bytes.StartsWith(first[..length]) ? false : length == Bytes.Length ? true : null;
    }
}

/// <summary>The inner endpoint: connections come to it through a channel.</summary>
internal sealed class HandOverEndPoint : EndPoint
{
    public const string Name = "inner-http2";

    private readonly Channel<ConnectionContext> _connections = Channel.CreateUnbounded<ConnectionContext>();

    public ChannelReader<ConnectionContext> Connections => _connections.Reader;

    public override string ToString() => Name;

    public void Close() => _connections.Writer.TryComplete();

    /// <summary>Hands a connection over and waits until it has been served to its end.</summary>
    public async Task Take(ConnectionContext connection)
    {
        var handed = new HandedOverConnection(connection);
        if (_connections.Writer.TryWrite(handed))
            await handed.Served;
    }
}

internal sealed class HandOverListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is HandOverEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new Listener((HandOverEndPoint)endpoint));

    private sealed class Listener(HandOverEndPoint endPoint) : IConnectionListener
    {
        public EndPoint EndPoint => endPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await endPoint.Connections.WaitToReadAsync(cancellationToken))
            {
                if (endPoint.Connections.TryRead(out var connection))
                    return connection;
            }
            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            endPoint.Close();
            return default;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}

/// <summary>The outer connection as the inner endpoint sees it; its end releases the outer one.</summary>
internal sealed class HandedOverConnection(ConnectionContext outer) : ConnectionContext
{
    private readonly TaskCompletionSource _served = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Served => _served.Task;

    public override string ConnectionId { get; set; } = outer.ConnectionId;

    public override IFeatureCollection Features { get; } = new FeatureCollection(outer.Features);

    public override IDictionary<object, object?> Items { get; set; } = outer.Items;

    public override System.IO.Pipelines.IDuplexPipe Transport { get; set; } = outer.Transport;

    public override CancellationToken ConnectionClosed { get; set; } = outer.ConnectionClosed;

    public override EndPoint? LocalEndPoint { get; set; } = outer.LocalEndPoint;

    public override EndPoint? RemoteEndPoint { get; set; } = outer.RemoteEndPoint;

    public override void Abort(ConnectionAbortedException abortReason) => outer.Abort(abortReason);

    public override ValueTask DisposeAsync()
    {
        _served.TrySetResult();
        return base.DisposeAsync();
    }
}
