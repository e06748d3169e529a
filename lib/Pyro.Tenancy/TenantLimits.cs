using Pyro.Configuration;

namespace Pyro.Tenancy;

/// <summary>The limits of one tenant (section `limits` of the configuration); 0 switches a limit off where the flag's help says so.</summary>
public sealed record TenantLimits
{
    /// <summary>The limits that the settings give to every tenant without overrides.</summary>
    public static TenantLimits From(Settings settings) => throw new NotImplementedException();
}

/// <summary>The limits in force by tenant.</summary>
public sealed class Overrides(TenantLimits defaults)
{
    /// <summary>One consistent snapshot; take it once per request.</summary>
    public TenantLimits For(string tenant) => defaults;
}
