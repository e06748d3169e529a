using System.Net;
using System.Text.RegularExpressions;

namespace Pyro.Tests.Unit.Dashboard;

/// <summary>Who may see the dashboard, and from where.</summary>
public sealed partial class LoginTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/consolelogs/resource/gateway")]
    [InlineData("/nowhere")]
    public async Task Without_a_cookie_every_page_leads_to_the_login(string path)
    {
        await using var dashboard = await RunningDashboard.Start();
        using var answer = await dashboard.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/login?returnUrl=" + Uri.EscapeDataString(path), answer.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1")]
    [InlineData("GET", "/_blazor")]
    [InlineData("POST", "/traces")]
    public async Task Without_a_cookie_nothing_else_answers(string method, string path)
    {
        await using var dashboard = await RunningDashboard.Start();
        using var answer = await dashboard.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task The_link_logs_in_and_leads_on()
    {
        await using var dashboard = await RunningDashboard.Start();
        using var answer = await dashboard.Client.GetAsync(dashboard.Host.LoginUrl + "&returnUrl=%2Ftraces");
        Assert.Equal("/traces", answer.Headers.Location!.OriginalString);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("; samesite=lax; httponly", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain(RunningDashboard.Token, cookie, StringComparison.Ordinal);
        using var page = await Get(dashboard, "/", cookie);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("frame-ancestors 'none'", string.Join(' ', page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.test/")]
    [InlineData("//evil.test")]
    [InlineData("/\\evil.test")]
    [InlineData("/\t/evil.test")]
    public async Task The_login_leads_to_no_other_site(string target)
    {
        await using var dashboard = await RunningDashboard.Start();
        using var answer = await dashboard.Client.GetAsync(dashboard.Host.LoginUrl + "&returnUrl=" + Uri.EscapeDataString(target));
        Assert.Equal("/", answer.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("")]
    [InlineData("wrong")]
    [InlineData("0f8fad5bd9cb469fa16570867728950")]
    [InlineData("0F8FAD5BD9CB469FA16570867728950E")]
    public async Task A_wrong_token_is_refused_and_said_so(string token)
    {
        await using var dashboard = await RunningDashboard.Start();
        using var answer = await dashboard.Client.GetAsync("/login?t=" + token);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("This is not the token of this run", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(answer.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith($".Aspire.Dashboard.{dashboard.Host.Address.Port}=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_form_logs_in_with_its_own_antiforgery_token_only()
    {
        await using var dashboard = await RunningDashboard.Start();
        using var page = await dashboard.Client.GetAsync("/login");
        var html = await page.Content.ReadAsStringAsync();
        var antiforgery = Antiforgery().Match(html).Groups[1].Value;
        var cookie = page.Headers.GetValues("Set-Cookie").Single();

        using var without = await Post(dashboard, cookie, ("token", RunningDashboard.Token));
        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
        using var wrong = await Post(dashboard, cookie, ("token", "x"), ("__RequestVerificationToken", antiforgery));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using var right = await Post(dashboard, cookie, ("token", RunningDashboard.Token), ("__RequestVerificationToken", antiforgery));
        Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
        Assert.Equal("/", right.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task The_token_can_be_asked_about()
    {
        await using var dashboard = await RunningDashboard.Start();
        using var right = await dashboard.Client.PostAsync("/api/validatetoken?token=" + RunningDashboard.Token, null);
        Assert.Equal("true", await right.Content.ReadAsStringAsync());
        using var wrong = await dashboard.Client.PostAsync("/api/validatetoken?token=x", null);
        Assert.Equal("false", await wrong.Content.ReadAsStringAsync());
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Another_name_for_loopback_and_another_site_are_refused()
    {
        await using var dashboard = await RunningDashboard.Start(token: null);
        using var bent = new HttpRequestMessage(HttpMethod.Get, "/");
        bent.Headers.Host = "evil.test";
        using var refused = await dashboard.Client.SendAsync(bent);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        foreign.Headers.Add("Origin", "http://localhost:3000");
        using var forbidden = await dashboard.Client.SendAsync(foreign);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }

    [Fact]
    public async Task Without_a_token_everybody_may_look()
    {
        await using var dashboard = await RunningDashboard.Start(token: null);
        Assert.Equal(dashboard.Host.Address.ToString(), dashboard.Host.LoginUrl);
        using var page = await dashboard.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        using var nowhere = await dashboard.Client.GetAsync("/nowhere");
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        Assert.Contains("Page not found", await nowhere.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_script_of_Blazor_is_served_although_this_program_is_no_web_project()
    {
        await using var dashboard = await RunningDashboard.Start();
        using var script = await dashboard.Client.GetAsync("/_framework/blazor.web.js");
        Assert.Equal("text/javascript", script.Content.Headers.ContentType!.MediaType);
        Assert.True(script.Content.Headers.ContentLength > 100_000);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/_framework/blazor.web.js");
        again.Headers.TryAddWithoutValidation("If-None-Match", script.Headers.ETag!.ToString());
        using var unchanged = await dashboard.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        await using var dashboard = await RunningDashboard.Start();
        var options = new global::Aspire.Dashboard.DashboardOptions(dashboard.Host.Address, null, null, null, null);
        var e = await Assert.ThrowsAsync<IOException>(() => global::Aspire.Dashboard.DashboardHost.Start(options, dashboard.Source, CancellationToken.None));
        Assert.Contains(dashboard.Host.Address.Port.ToString(), e.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> Get(RunningDashboard dashboard, string path, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        return await dashboard.Client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> Post(RunningDashboard dashboard, string cookie, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/login") { Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        return await dashboard.Client.SendAsync(request);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Antiforgery();
}
