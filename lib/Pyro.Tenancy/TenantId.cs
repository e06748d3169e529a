using Grpc.Core;

namespace Pyro.Tenancy;

/// <summary>A tenant id that is not one; <see cref="Missing"/> when there was none at all.</summary>
public sealed class TenantException(string message, bool missing, bool several = false) : Exception(message)
{
    /// <summary>Unauthenticated (401) rather than invalid argument (400).</summary>
    public bool Missing { get; } = missing;

    /// <summary>Every id is one that can be, but they differ.</summary>
    public bool Several { get; } = several;
}

/// <summary>Tenant ids: letters, digits and <c>! - _ . * ' ( )</c>, at most 150 bytes.</summary>
public static class TenantId
{
    private const int MaxLength = 150;

    /// <summary>The tenant of every request while multitenancy is off.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>The header and metadata key, lower case.</summary>
    public const string Header = "x-scope-orgid";

    /// <summary>The one tenant of a header's value: <c>:key=value</c> cut off, <c>a|a</c> is <c>a</c>.</summary>
    /// <exception cref="TenantException">Missing, malformed, or several.</exception>
    public static string Resolve(string? header)
    {
        ReadOnlySpan<char> value = header.AsSpan().Trim();
        if (value.IsEmpty)
        {
            throw new TenantException("no org id", missing: true);
        }
        ReadOnlySpan<char> tenant = default;
        bool several = false;
        int ids = 0;
        foreach (Range range in value.Split('|'))
        {
            ReadOnlySpan<char> id = WithoutMetadata(value[range]);
            Check(id);
            several |= ids++ > 0 && !id.SequenceEqual(tenant);
            tenant = id;
        }
        if (tenant.IsEmpty && !several)
        {
            throw new TenantException("no org id", missing: true);
        }
        return several ? throw new TenantException("multiple org IDs present", missing: false, several: true)
            : tenant.Length == header!.Length ? header
            : tenant.ToString();
    }

    /// <summary>The tenant that the front middleware settled and every hop carries.</summary>
    public static string Of(ServerCallContext context) => context.RequestHeaders.GetValue(Header) ?? Anonymous;

    /// <summary>Whether it can be a tenant's id.</summary>
    public static bool IsValid(ReadOnlySpan<char> id)
    {
        foreach (char c in id)
        {
            if (!IsSupported(c))
            {
                return false;
            }
        }
        return id.Length is > 0 and <= MaxLength && id is not ("." or "..");
    }

    private static bool IsSupported(char c) => char.IsAsciiLetterOrDigit(c) || c is '!' or '-' or '_' or '.' or '*' or '\'' or '(' or ')';

    private static ReadOnlySpan<char> WithoutMetadata(ReadOnlySpan<char> id)
    {
        int colon = id.IndexOf(':');
        return colon < 0 ? id : id[..colon];
    }

    /// <summary>The first byte of a character's UTF-8 form, which is what Pyroscope names.</summary>
    private static char FirstByte(char c) => c < 0x80 ? c : c < 0x800 ? (char)(0xC0 | (c >> 6)) : char.IsSurrogate(c) ? '\u00F0' : (char)(0xE0 | (c >> 12));

    private static void Check(ReadOnlySpan<char> id)
    {
        foreach (char c in id)
        {
            if (!IsSupported(c))
            {
                throw new TenantException($"tenant ID '{id}' contains unsupported character '{FirstByte(c)}'", missing: false);
            }
        }
        if (id.Length > MaxLength)
        {
            throw new TenantException($"tenant ID is too long: max {MaxLength} characters", missing: false);
        }
        if (id is "." or "..")
        {
            throw new TenantException("tenant ID is '.' or '..'", missing: false);
        }
    }
}
