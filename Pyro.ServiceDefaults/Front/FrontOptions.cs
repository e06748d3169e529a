using Pyro.Configuration;

namespace Pyro.ServiceDefaults.Front;

/// <summary>What the front middleware needs to know.</summary>
/// <param name="Multitenancy">Off: every request is tenant <c>anonymous</c>.</param>
public sealed record FrontOptions(bool Multitenancy)
{
    /// <summary>From the settings.</summary>
    public static FrontOptions From(Settings settings) => new(settings.Flag("multitenancy_enabled"));
}
