using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>What an endpoint may not ask for, told before anything starts.</summary>
internal static class EndpointRules
{
    /// <summary>Checks all endpoints of a resource.</summary>
    /// <exception cref="InvalidOperationException">One of them cannot be served; the message names it and says what to change.</exception>
    public static void Check(IResource resource)
    {
        var replicas = resource.GetReplicaCount();
        var isContainer = resource.HasAnnotationOfType<ContainerImageAnnotation>();
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            if (Fault(endpoint, replicas, isContainer) is { } fault)
                throw new InvalidOperationException($"Endpoint '{endpoint.Name}' of resource '{resource.Name}' {fault}");
        }
    }

    private static string? Fault(EndpointAnnotation endpoint, int replicas, bool isContainer)
    {
        if (isContainer && endpoint.TargetPort is null)
            return "has no target port: say on which port the container listens (targetPort).";
        if (!endpoint.IsProxied && replicas > 1)
            return $"has no proxy, so {replicas} replicas cannot share it: leave isProxied out or start one replica.";
        if (replicas > 1 && endpoint.TargetPort is not null)
            return $"fixes the target port {endpoint.TargetPort}, which {replicas} replicas cannot share: leave targetPort out.";
        if (isContainer)
            return null;
        if (!endpoint.IsProxied && endpoint.Port != endpoint.TargetPort)
            return $"has no proxy, so port {endpoint.Port} and target port {endpoint.TargetPort} must be the same.";
        if (endpoint.IsProxied && endpoint.Port is { } port && port == endpoint.TargetPort)
            return $"uses {port} both as port and as target port, where the proxy and the process would collide: leave targetPort out or set isProxied to false.";
        return null;
    }
}
