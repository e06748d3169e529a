using Microsoft.AspNetCore.Http;

namespace Pyro.ServiceDefaults.Front;

/// <summary>The tenant of a request, as the front middleware settled it.</summary>
/// <param name="Id">Valid; <c>anonymous</c> while multitenancy is off.</param>
public sealed record SettledTenant(string Id);

/// <summary>Reads it on plain routes; calls read it from their metadata.</summary>
public static class SettledTenants
{
    /// <summary>The tenant that a request acts for.</summary>
    /// <exception cref="InvalidOperationException">The route lacks <see cref="TenantRequired"/>: a fault of the program.</exception>
    public static string Tenant(this HttpContext context) => context.Features.Get<SettledTenant>()?.Id
        ?? throw new InvalidOperationException($"{context.Request.Path} asks for its tenant but does not require one");
}
