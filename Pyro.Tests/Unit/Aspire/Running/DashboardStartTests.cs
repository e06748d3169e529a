using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pyro.Tests.Unit.Aspire.Running;

/// <summary>A dashboard that cannot listen: one message each, and all else runs.</summary>
public sealed class DashboardStartTests
{
    private const string Grpc = "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL";

    [Theory]
    [InlineData("http://localhost:{taken}", "cannot listen on http://localhost:{taken}: the port is in use by another program")]
    [InlineData("http://192.0.2.1:15999", "cannot listen on http://192.0.2.1:15999: it is no address of this machine")]
    [InlineData("ftp://localhost:1", "cannot listen on ftp://localhost:1: ftp is neither http nor https")]
    [InlineData("localhost", "cannot listen on 'localhost', which is no address like http://localhost:15000")]
    public async Task Pages_that_cannot_listen_are_told_once_with_the_setting(string address, string cause)
    {
        using var taken = Take(out var port);
        var lines = await Run(address.Replace("{taken}", $"{port}", StringComparison.Ordinal), "http://127.0.0.1:0");
        var told = Assert.Single(lines, line => line.Contains("cannot listen", StringComparison.Ordinal));
        Assert.Contains($"The dashboard does not run: it {cause.Replace("{taken}", $"{port}", StringComparison.Ordinal)}. All else starts.", told);
        Assert.Contains("ASPNETCORE_URLS", told);
        Assert.DoesNotContain('\n', told);
    }

    [Fact]
    public async Task Pages_do_without_a_receiver_that_cannot_listen()
    {
        using var taken = Take(out var port);
        var lines = await Run("http://127.0.0.1:0", $"http://127.0.0.1:{port}");
        Assert.Contains(lines, line => line.StartsWith("Login to the dashboard at http://127.0.0.1:", StringComparison.Ordinal));
        var told = Assert.Single(lines, line => line.Contains("cannot listen", StringComparison.Ordinal));
        Assert.Contains($"it cannot listen on http://127.0.0.1:{port}: the port is in use by another program. To have them, change {Grpc} ", told);
    }

    /// <summary>Runs a small application until it is up; what was told at the terminal.</summary>
    private static async Task<IReadOnlyCollection<string>> Run(string pages, string grpc)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = [$"--ASPNETCORE_URLS={pages}", $"--{Grpc}={grpc}"],
            AssemblyName = "Pyro.Tests",
            ProjectDirectory = Path.GetTempPath(),
        });
        var seen = new Recorder();
        builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(seen));
        builder.AddSh("fine", "exec sleep 60");
        await using var app = await Graph.Start(builder);
        await app.Reaches("fine", KnownResourceStates.Running);
        return [.. seen.Lines];
    }

    private static TcpListener Take(out int port)
    {
        var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        port = ((IPEndPoint)taken.LocalEndpoint).Port;
        return taken;
    }
}
