using Grpc.Core;

namespace Pyro.Tenancy;

/// <summary>A tenant id that is not one; <see cref="Missing"/> when there was none at all.</summary>
public sealed class TenantException(string message, bool missing) : Exception(message)
{
    /// <summary>Unauthenticated (401) rather than invalid argument (400).</summary>
    public bool Missing { get; } = missing;
}

/// <summary>Tenant ids: letters, digits and <c>! - _ . * ' ( )</c>, at most 150 bytes.</summary>
public static class TenantId
{
    /// <summary>The tenant of every request while multitenancy is off.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>The header and metadata key, lower case.</summary>
    public const string Header = "x-scope-orgid";

    /// <summary>The one tenant of a header's value: <c>:key=value</c> cut off, <c>a|a</c> is <c>a</c>.</summary>
    /// <exception cref="TenantException">Missing, malformed, or several.</exception>
    public static string Resolve(string? header) => throw new NotImplementedException();

    /// <summary>The tenant that the front middleware settled and every hop carries.</summary>
    public static string Of(ServerCallContext context) => context.RequestHeaders.GetValue(Header) ?? Anonymous;
}
