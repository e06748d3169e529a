using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Web;

/// <summary>
/// Who may see the pages: a browser shows the token once, by link or form, and then a cookie whose value is drawn anew in each run.
/// Without a token everybody may.
/// </summary>
internal sealed class BrowserSession(string? token)
{
    private readonly byte[]? _token = token is null ? null : Hash(token);
    private readonly string _session = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Lets a request through, logs it in, or sends it to the login page.</summary>
    public async Task Guard(HttpContext context, RequestDelegate next, IAntiforgery antiforgery)
    {
        var request = context.Request;
        if (request.Path == "/login")
        {
            await Login(context, next, antiforgery);
        }
        else if (_token is null || IsOpen(request.Path) || HasSession(request))
        {
            await next(context);
        }
        else if (HttpMethods.IsGet(request.Method) && !request.Path.StartsWithSegments("/_blazor"))
        {
            context.Response.Redirect("/login?returnUrl=" + Uri.EscapeDataString(request.PathBase + request.Path + request.QueryString));
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
    }

    /// <summary><c>POST /api/validatetoken?token=…</c>: true with the cookie, or false.</summary>
    public bool Validate(string token, HttpContext context)
    {
        if (!IsRight(token))
            return false;
        Remember(context);
        return true;
    }

    private async Task Login(HttpContext context, RequestDelegate next, IAntiforgery antiforgery)
    {
        var request = context.Request;
        var shown = HttpMethods.IsGet(request.Method) ? (string?)request.Query["t"] : null;
        if (HttpMethods.IsPost(request.Method))
        {
            if (!await antiforgery.IsRequestValidAsync(context))
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }
            shown = (await request.ReadFormAsync(context.RequestAborted))["token"];
        }

        if (_token is null || (shown is not null && IsRight(shown)))
        {
            Remember(context);
            context.Response.Redirect(Local(request.Query["returnUrl"]));
            return;
        }

        if (shown is not null)
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        // The page is the same for both methods; only its status tells that the token was wrong.
        request.Method = HttpMethods.Get;
        await next(context);
    }

    private bool IsRight(string shown) => _token is not null && CryptographicOperations.FixedTimeEquals(Hash(shown), _token);

    private bool HasSession(HttpRequest request) =>
        request.Cookies.TryGetValue(CookieName(request), out var cookie) &&
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(cookie), Encoding.UTF8.GetBytes(_session));

    private void Remember(HttpContext context) =>
        context.Response.Cookies.Append(CookieName(context.Request), _session, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
            Path = "/",
            IsEssential = true,
        });

    /// <summary>Cookies do not know ports, and several dashboards may run on one machine.</summary>
    private static string CookieName(HttpRequest request) => $".Aspire.Dashboard.{request.Host.Port ?? 0}";

    private static bool IsOpen(PathString path) =>
        path.StartsWithSegments("/assets") || path.StartsWithSegments("/error") || path == "/_framework/blazor.web.js" || path == "/api/validatetoken";

    /// <summary>Only a path of the dashboard is followed, never another site.</summary>
    private static string Local(string? url) =>
        url is ['/', ..] && !url.StartsWith("//", StringComparison.Ordinal) && !url.StartsWith("/\\", StringComparison.Ordinal) && !url.Any(char.IsControl) ? url : "/";

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
