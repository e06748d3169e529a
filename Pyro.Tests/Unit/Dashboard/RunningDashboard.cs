using Aspire.Dashboard;
using Pyro.Tests.Web.Dashboard;

namespace Pyro.Tests.Unit.Dashboard;

/// <summary>A dashboard on free ports over a fake source.</summary>
internal sealed class RunningDashboard : IAsyncDisposable
{
    public const string Token = "0f8fad5bd9cb469fa16570867728950e";

    private RunningDashboard(DashboardHost host, FakeSource source)
    {
        Host = host;
        Source = source;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = host.Address };
    }

    public DashboardHost Host { get; }

    public FakeSource Source { get; }

    /// <summary>A client that follows no redirect and keeps no cookie.</summary>
    public HttpClient Client { get; }

    public static async Task<RunningDashboard> Start(string? token = Token, string? key = null, FakeSource? source = null)
    {
        source ??= new FakeSource();
        var any = new Uri("http://127.0.0.1:0");
        return new RunningDashboard(await DashboardHost.Start(new DashboardOptions(any, any, any, token, key), source, CancellationToken.None), source);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
    }
}
