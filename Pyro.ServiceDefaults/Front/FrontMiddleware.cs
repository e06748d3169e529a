using System.Net.Http.Headers;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pyro.Connect.Protocol;
using Pyro.Tenancy;

namespace Pyro.ServiceDefaults.Front;

/// <summary>Endpoint metadata: the request acts for one tenant.</summary>
/// <param name="MissingPrefix">What stands before "no org id" when the tenant is missing, as Pyroscope words it for this service.</param>
/// <param name="SeveralAsJson">Several tenants are refused with an error in JSON within the message, as where Pyroscope's frontend passes on what stands behind it.</param>
public sealed record TenantRequired(string MissingPrefix = "", bool SeveralAsJson = false);

/// <summary>Endpoint metadata: errors are written as on Pyroscope's plain routes, not as in a Connect call.</summary>
public sealed record PlainRoute;

/// <summary>Endpoint metadata: the bytes of the body count as in flight until the request ends, as those of every call do (<see cref="RpcRoute"/>).</summary>
public sealed record CountsInFlight;

/// <summary>
/// What is settled before a body is read, alike for gRPC, gRPC-Web, Connect and plain routes: the tenant (which every later hop
/// finds in the header <c>X-Scope-OrgID</c>, whatever the client sent) and whether the body may come in.
/// </summary>
public sealed class FrontMiddleware(RequestDelegate next, Admission admission, FrontOptions options)
{
    /// <summary>Serves one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (!AcceptIsReadable(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync("Invalid header format: Accept is no list of media types", context.RequestAborted);
            return;
        }
        var metadata = context.GetEndpoint()?.Metadata;
        var tenant = TenantId.Anonymous;
        if (metadata?.GetMetadata<TenantRequired>() is { } required)
        {
            if (Settle(context, required, ref tenant) is { } refused)
            {
                await RefusalWriter.Write(context, refused);
                return;
            }
        }
        if (metadata?.GetMetadata<CountsInFlight>() is null && metadata?.GetMetadata<RpcRoute>() is null)
        {
            await next(context);
            return;
        }
        await Admitted(context, tenant);
    }

    private Refusal? Settle(HttpContext context, TenantRequired required, ref string tenant)
    {
        var request = context.Request;
        if (options.Multitenancy)
        {
            try
            {
                tenant = TenantId.Resolve(request.Headers[TenantId.Header]);
            }
            catch (TenantException e)
            {
                return e.Missing
                    ? Refusal.Tenant(StatusCode.Unauthenticated, required.MissingPrefix + e.Message)
                    : Refusal.Tenant(StatusCode.InvalidArgument, e.Several && required.SeveralAsJson
                        ? $$"""{"code":"invalid_argument","message":"{{e.Message}}"}"""
                        : e.Message);
            }
        }
        request.Headers[TenantId.Header] = tenant;
        context.Features.Set(new SettledTenant(tenant));
        return null;
    }

    private async Task Admitted(HttpContext context, string tenant)
    {
        using var ticket = admission.Open(tenant);
        var length = context.Request.ContentLength;
        if (length > 0 && !ticket.TryGrow(length.Value, out var refusal))
        {
            await RefusalWriter.Write(context, refusal);
            return;
        }
        if (length is null)
        {
            // gRPC and chunked bodies tell no length: they are counted as they come in.
            context.Features.Set<IRequestBodyPipeFeature>(new WatchedBody(
                context.Request.BodyReader,
                (in _, fresh, _) => fresh == 0 || ticket.TryGrow(fresh, out var refused) ? null : Late(context, refused)));
        }
        context.Features.Set(new BodyBudget(
            bytes => ticket.TryCopy(bytes, out var refused) ? null : Late(context, refused),
            bytes => ticket.TryUnpack(bytes, out var refused) ? null : Late(context, refused)));
        await next(context);
    }

    /// <summary>A refusal while the body is read: the endpoint writes it, in its protocol.</summary>
    private static Status Late(HttpContext context, Refusal refusal)
    {
        if (refusal.RetryAfterSeconds > 0 && !context.Response.HasStarted)
            context.Response.Headers.RetryAfter = refusal.RetryAfterSeconds.ToString();
        return new Status(refusal.Code, refusal.Message);
    }

    private static bool AcceptIsReadable(HttpRequest request)
    {
        foreach (var line in request.Headers.Accept)
        {
            if (string.IsNullOrWhiteSpace(line) || line == "*/*")
                continue;
            foreach (var part in line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!MediaTypeWithQualityHeaderValue.TryParse(part, out _))
                    return false;
            }
        }
        return true;
    }
}
