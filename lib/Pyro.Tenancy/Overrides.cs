namespace Pyro.Tenancy;

/// <summary>The limits in force by tenant; one snapshot that is swapped as a whole.</summary>
/// <param name="defaults">The limits of tenants without overrides.</param>
public sealed class Overrides(TenantLimits defaults)
{
    private volatile IReadOnlyDictionary<string, TenantLimits> _tenants = new Dictionary<string, TenantLimits>();

    /// <summary>One consistent snapshot; take it once per request.</summary>
    public TenantLimits For(string tenant) => _tenants.GetValueOrDefault(tenant, defaults);

    /// <summary>Puts other limits in force; the dictionary must not be changed afterwards.</summary>
    public void Replace(IReadOnlyDictionary<string, TenantLimits> tenants) => _tenants = tenants;
}
