using System.Globalization;
using System.Text.Json.Nodes;
using Aspire.Dashboard;
using Grpc.Net.Client;
using Pyro.Tests.Unit.Dashboard;
using Pyro.Tests.Unit.Dashboard.Wire;

namespace Pyro.Tests.Web.Dashboard;

/// <summary>A person with a browser at the dashboard.</summary>
public sealed class DashboardTests
{
    private static readonly string[] Pages =
    [
        "/=>flame graph", "/?resource=gateway=>REDIS_PASSWORD", "/?resource=ingester-0=>Not run yet",
        "/consolelogs=>Choose a resource", "/consolelogs/resource/ingester=>no <ring>", "/consolelogs/resource/gateway=>started",
        "/consolelogs/resource/nope=>There is no resource", "/structuredlogs/resource/nope=>There is no resource", "/traces/resource/nope=>There is no resource", "/metrics/resource/nope=>There is no resource",
        "/structuredlogs=>order 7 placed", "/structuredlogs/resource/gateway=>order 7 placed", "/structuredlogs/resource/shop=>No log record yet",
        "/traces=>POST /orders", "/traces/resource/ingester=>POST /orders", "/traces/detail/0123456789abcdef0123456789abcdef=>reserve stock", "/traces/detail/1=>not held",
        "/metrics=>Choose an instrument", "/metrics/resource/gateway=>Choose an instrument", "/metrics/resource/gateway/meter/Shop/instrument/duration=>0.38",
        "/error=>Something failed", "/error/404=>Page not found",
    ];

    [Fact]
    public async Task Every_page_is_accessible_in_light_and_dark()
    {
        await using var dashboard = await WithTelemetry();
        var found = (await Browse("pages", dashboard, Pages))["found"]!.AsObject();
        Assert.Equal(2 * (Pages.Length + 1), found.Count);
        Assert.All(found, page => Assert.True(page.Value!.AsArray().Count == 0, $"{page.Key}: {page.Value}"));
    }

    [Fact]
    public async Task Resources_are_found_read_and_commanded()
    {
        await using var dashboard = await RunningDashboard.Start();
        var answer = await Browse("resources", dashboard);
        Assert.Equal("http://localhost:4040/?service=gateway", (string)answer["flame"]!);
        Assert.Equal(6, (int)answer["rows"]!);
        Assert.StartsWith("shop", (string)answer["filtered"]!, StringComparison.Ordinal);
        Assert.False((bool)answer["masked"]!, "a masked value was in the page");
        Assert.True((bool)answer["plain"]!, "what is no secret has to be asked for");
        Assert.True((bool)answer["shown"]!);
        Assert.False((bool)answer["other"]!, "one value was asked for, another came too");
        Assert.EndsWith("?resource=gateway", (string)answer["link"]!, StringComparison.Ordinal);
        Assert.Contains("It does not want to stop.", (string)answer["failure"]!, StringComparison.Ordinal);
        Assert.Empty(answer["asked"]!.AsArray());
        Assert.True((bool)answer["disabled"]!);
        Assert.Equal(0, (int)answer["secret"]!);
        Assert.Equal([("gateway", "restart"), ("gateway", "stop"), ("gateway", "flush")], dashboard.Source.Executed);
    }

    [Fact]
    public async Task A_hundred_thousand_lines_are_searched_with_few_rows_in_the_page()
    {
        await using var dashboard = await RunningDashboard.Start();
        DashboardLogLine[] lines = [.. Enumerable.Range(1, 100_000).Select(Line)];
        dashboard.Source.Logs = _ => lines;
        var answer = await Browse("console", dashboard, "100,000");
        Assert.Contains("line 100000", (string)answer["end"]!, StringComparison.Ordinal);
        Assert.InRange((int)answer["before"]!, 10, 150);
        Assert.InRange((int)answer["rows"]!, 10, 150);
        Assert.Equal((int)answer["rows"]!, (int)answer["marks"]!);
        Assert.True((bool)answer["only"]!);
        Assert.Equal(500, (int)answer["wrapped"]!);
        Assert.Equal(100_000, (int)answer["saved"]!);
    }

    [Fact]
    public async Task Logs_lead_to_traces_and_metrics_show_their_latest_values()
    {
        await using var dashboard = await WithTelemetry();
        var answer = await Browse("telemetry", dashboard);
        Assert.All(new[] { "order.id", "OrderPlaced", "Shop.Orders", "service.instance.id" }, text => Assert.Contains(text, (string)answer["log"]!, StringComparison.Ordinal));
        Assert.All(new[] { "no stock", "exception.type", "OutOfStock", "00000000000000c3", "/orders/{id}" }, text => Assert.Contains(text, (string)answer["span"]!, StringComparison.Ordinal));
        Assert.Contains("42", (string)answer["sum"]!, StringComparison.Ordinal);
        Assert.Contains("0.38", (string)answer["histogram"]!, StringComparison.Ordinal);
        Assert.EndsWith("/metrics/resource/gateway/meter/Shop/instrument/duration", (string)answer["url"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chosen_theme_is_kept_and_the_focus_seen()
    {
        await using var dashboard = await RunningDashboard.Start();
        var answer = await Browse("theme", dashboard);
        Assert.NotEqual((string)answer["light"]!, (string)answer["dark"]!);
        Assert.Equal((string)answer["dark"]!, (string)answer["kept"]!);
        Assert.Equal("solid", (string)answer["outline"]!);
    }

    /// <summary>The README's picture is renewed on demand; an ordinary run leaves it beside other build output.</summary>
    [Fact]
    public async Task It_can_be_pictured()
    {
        await using var dashboard = await RunningDashboard.Start(source: FakeSource.Demo());
        var folder = Environment.GetEnvironmentVariable("PYRO_SCREENSHOT") is null ? "artifacts" : "docs";
        var picture = Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, folder)).FullName, "dashboard.png");
        await Browse("screenshot", dashboard, picture);
        Assert.True(new FileInfo(picture).Length > 10_000);
    }

    private static DashboardLogLine Line(int number) =>
        new(number, DateTimeOffset.UnixEpoch.AddMilliseconds(number), $"\u001b[32minfo\u001b[0m: line {number.ToString(CultureInfo.InvariantCulture)}{(number % 1000 == 0 ? " needle" : "")}", false);

    private static async Task<RunningDashboard> WithTelemetry()
    {
        var dashboard = await RunningDashboard.Start();
        using var channel = GrpcChannel.ForAddress(dashboard.Host.OtlpGrpc!);
        await new LogsService.LogsServiceClient(channel).ExportAsync(OtlpMessages.Logs("gateway", 12));
        await new TraceService.TraceServiceClient(channel).ExportAsync(OtlpMessages.Traces());
        await new MetricsService.MetricsServiceClient(channel).ExportAsync(OtlpMessages.Metrics());
        return dashboard;
    }

    private static async Task<JsonNode> Browse(string scenario, RunningDashboard dashboard, params string[] arguments)
    {
        var (_, output, error) = await Node.Run("dashboard.mjs", [scenario, dashboard.Host.LoginUrl, .. arguments]);
        Assert.True(output.StartsWith('{'), output + error);
        var answer = JsonNode.Parse(output)!;
        Assert.True(answer["failed"] is null && answer["errors"]!.AsArray().Count == 0, output);
        return answer;
    }
}
