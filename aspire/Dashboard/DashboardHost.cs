using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Resources;
using Aspire.Dashboard.Telemetry;
using Aspire.Dashboard.Web;
using Microsoft.AspNetCore.Builder;

namespace Aspire.Dashboard;

/// <summary>The running dashboard: its pages, and a receiver for telemetry, inside the process that starts it.</summary>
public sealed class DashboardHost : IAsyncDisposable
{
    private readonly ResourceBoard _board;
    private readonly WebApplication _pages;
    private readonly WebApplication? _receiver;

    private DashboardHost(
        ResourceBoard board, TelemetryStore telemetry, WebApplication pages, WebApplication? receiver, string? receiverFault, DashboardOptions options)
    {
        _board = board;
        _pages = pages;
        _receiver = receiver;
        Telemetry = telemetry;
        ReceiverFault = receiverFault;
        Address = Listening.Bound(pages, 0, options.Address);
        var bound = 0;
        if (receiver is not null && options.OtlpGrpc is not null)
            OtlpGrpc = Listening.Bound(receiver, bound++, options.OtlpGrpc);
        if (receiver is not null && options.OtlpHttp is not null)
            OtlpHttp = Listening.Bound(receiver, bound, options.OtlpHttp);
        LoginUrl = options.BrowserToken is null
            ? Address.ToString()
            : new Uri(Address, "login?t=" + Uri.EscapeDataString(options.BrowserToken)).ToString();
    }

    /// <summary>The pages' address, with the port really bound.</summary>
    public Uri Address { get; }

    /// <summary>Where OTLP over gRPC is taken, with the port really bound; null: nowhere.</summary>
    public Uri? OtlpGrpc { get; }

    /// <summary>Where OTLP over HTTP is taken, with the port really bound; null: nowhere.</summary>
    public Uri? OtlpHttp { get; }

    /// <summary>Why no telemetry is taken though it was to be, in one sentence without its end; null: it is taken, or was not to be.</summary>
    public string? ReceiverFault { get; }

    /// <summary>The link that logs a browser in; without a token, the address itself.</summary>
    public string LoginUrl { get; }

    internal TelemetryStore Telemetry { get; }

    /// <summary>
    /// Starts the dashboard; when it returns, its addresses answer. The pages do without a receiver that cannot listen: see <see cref="ReceiverFault"/>.
    /// </summary>
    /// <exception cref="IOException">The pages' address is taken or cannot be used; the message says which and why, in one sentence without its end.</exception>
    public static async Task<DashboardHost> Start(DashboardOptions options, IDashboardSource source, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(source);
        var board = new ResourceBoard(source);
        var telemetry = new TelemetryStore(isKnown: board.Has);
        var pages = PagesHost.Build(options, source, board, telemetry);
        WebApplication? receiver = null;
        try
        {
            await Listening.Start(pages, cancellation, options.Address);
            (receiver, var fault) = await StartReceiver(options, telemetry, cancellation);
            board.Start();
            return new DashboardHost(board, telemetry, pages, receiver, fault, options);
        }
        catch
        {
            await Dispose(board, pages, receiver);
            throw;
        }
    }

    private static async Task<(WebApplication? Receiver, string? Fault)> StartReceiver(DashboardOptions options, TelemetryStore telemetry, CancellationToken cancellation)
    {
        if (options.OtlpGrpc is null && options.OtlpHttp is null)
            return (null, null);
        var receiver = ReceiverHost.Build(options, telemetry);
        try
        {
            await Listening.Start(receiver, cancellation, options.OtlpGrpc, options.OtlpHttp);
            return (receiver, null);
        }
        catch (Exception e)
        {
            await receiver.DisposeAsync();
            if (e is not IOException)
                throw;
            return (null, e.Message);
        }
    }

    /// <summary>Stops listening and watching; open pages are cut off after a second.</summary>
    public async ValueTask DisposeAsync()
    {
        await _pages.StopAsync(CancellationToken.None);
        if (_receiver is not null)
            await _receiver.StopAsync(CancellationToken.None);
        await Dispose(_board, _pages, _receiver);
    }

    private static async Task Dispose(ResourceBoard board, WebApplication pages, WebApplication? receiver)
    {
        await board.DisposeAsync();
        await pages.DisposeAsync();
        if (receiver is not null)
            await receiver.DisposeAsync();
    }
}
