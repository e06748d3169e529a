using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Running;

/// <summary>How the application is run.</summary>
internal sealed record RunOptions
{
    /// <summary>The AppHost's project file.</summary>
    public required string AppHostPath { get; init; }

    /// <summary>The AppHost's folder.</summary>
    public required string AppHostDirectory { get; init; }

    /// <summary>Leaves out the fixed ports of proxied endpoints, so that several runs do not collide (<c>DcpPublisher:RandomizePorts</c>).</summary>
    public bool RandomizePorts { get; init; }

    /// <summary>
    /// Starts crashed processes again (<c>AppHost:RestartAfterCrash</c>). By default with the dashboard, as waits go on then; without it, as in
    /// tests, what ends stays ended.
    /// </summary>
    public bool RestartsAfterCrash { get; init; }

    /// <summary>"docker" or "podman"; null: whichever answers (<c>DcpPublisher:ContainerRuntime</c>, <c>ASPIRE_CONTAINER_RUNTIME</c>).</summary>
    public string? ContainerRuntime { get; init; }

    /// <summary>How long a process may take to end by itself when it is stopped.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the processes of an AppHost that was killed may take to end by themselves.</summary>
    public TimeSpan GraceOfOrphans { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a wait that does not end is spoken of.</summary>
    public TimeSpan WaitReport { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Reads them.</summary>
    public static RunOptions From(DistributedApplicationBuilder builder, IConfiguration configuration) => new()
    {
        AppHostPath = builder.AppHostPath,
        AppHostDirectory = builder.AppHostDirectory,
        RandomizePorts = configuration.GetValue("DcpPublisher:RandomizePorts", false),
        RestartsAfterCrash = configuration.GetValue("AppHost:RestartAfterCrash", !builder.Options.DisableDashboard),
        ContainerRuntime = configuration["DcpPublisher:ContainerRuntime"] ?? configuration["ASPIRE_CONTAINER_RUNTIME"],
    };
}
