using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>The names of a resource's instances.</summary>
internal static class InstanceName
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    /// <summary>
    /// One name for each replica: the resource's and eight random letters. A container that outlives the AppHost gets letters that stay the same
    /// for one AppHost, and a container that has a name of its own keeps it.
    /// </summary>
    public static IReadOnlyList<string> For(IResource resource, string appHostPath)
    {
        if (resource.TryGetLastAnnotation<ContainerNameAnnotation>(out var given))
            return [given.Name];
        if (resource.TryGetLastAnnotation<ContainerLifetimeAnnotation>(out var lifetime) && lifetime.Lifetime == ContainerLifetime.Persistent)
            return [$"{resource.Name}-{Stable(appHostPath)}"];
        return [.. Enumerable.Range(0, Math.Max(1, resource.GetReplicaCount())).Select(_ => $"{resource.Name}-{RandomNumberGenerator.GetString(Letters, 8)}")];
    }

    /// <summary>Eight digits that are the same whenever this AppHost runs.</summary>
    public static string Stable(string appHostPath) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(appHostPath)))[..8];

    /// <summary>What tells an instance from its siblings.</summary>
    public static string Suffix(IResource resource, string id) =>
        id.StartsWith(resource.Name + "-", StringComparison.Ordinal) ? id[(resource.Name.Length + 1)..] : id;
}
