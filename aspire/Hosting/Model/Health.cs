using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a probe decides.</summary>
[Experimental("ASPIREPROBES001")]
public enum ProbeType
{
    /// <summary>Whether the resource has started.</summary>
    Startup = 0,

    /// <summary>Whether it takes requests.</summary>
    Readiness = 1,

    /// <summary>Whether it lives.</summary>
    Liveness = 2,
}

/// <summary>A registered health check is a check of the resource.</summary>
internal record HealthCheckAnnotation(string Key) : IResourceAnnotation;

/// <summary>A health check over HTTP, kept in parts so that each instance can be asked on its own port.</summary>
internal sealed record HttpHealthCheckAnnotation(string Key, Func<EndpointReference> Endpoint, string Path, int StatusCode) : HealthCheckAnnotation(Key);

/// <summary>A probe over HTTP, for where the application is published to.</summary>
[Experimental("ASPIREPROBES001")]
internal sealed record EndpointProbeAnnotation(
    ProbeType Type, Func<EndpointReference> Endpoint, string Path, int InitialDelaySeconds, int PeriodSeconds, int TimeoutSeconds,
    int FailureThreshold, int SuccessThreshold) : IResourceAnnotation;
