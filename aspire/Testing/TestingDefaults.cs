using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>What differs in a test: no dashboard, ports that do not collide, and the AppHost's launch profile as configuration.</summary>
internal static class TestingDefaults
{
    /// <summary>Sets them; the test's own say comes last.</summary>
    public static void Apply(
        Assembly? appHost, DistributedApplicationOptions options, HostApplicationBuilderSettings settings,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure)
    {
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;
        options.AssemblyName ??= appHost?.GetName().Name;
        settings.Configuration ??= new();
        settings.Configuration.AddInMemoryCollection(Profile(appHost));
        settings.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DcpPublisher:RandomizePorts"] = "true",
            ["DcpPublisher:WaitForResourceCleanup"] = "true",
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
        });
        configure(options, settings);
    }

    /// <summary>The variables of the AppHost's first launch profile, or of the one that DOTNET_LAUNCH_PROFILE names.</summary>
    private static Dictionary<string, string?> Profile(Assembly? appHost)
    {
        var found = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var folder = appHost?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(one => one.Key == "apphostprojectpath")?.Value;
        if (folder is null || LaunchSettings.Of(Path.Combine(folder, "AppHost.csproj")) is not { } settings)
            return found;
        var chosen = settings.Choose(null, Environment.GetEnvironmentVariable("DOTNET_LAUNCH_PROFILE"));
        foreach (var (name, value) in chosen?.Profile.EnvironmentVariables ?? [])
        {
            found[name] = value;
            foreach (var prefix in (string[])["DOTNET_", "ASPNETCORE_"])
            {
                if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                    found[name[prefix.Length..]] = value;
            }
        }
        return found;
    }
}
