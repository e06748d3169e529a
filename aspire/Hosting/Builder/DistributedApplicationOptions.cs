namespace Aspire.Hosting;

/// <summary>How an application is built.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The command line.</summary>
    public string[]? Args { get; set; }

    /// <summary>The AppHost's assembly; null: the program's.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>The folder that paths are relative to; null: the AppHost project's.</summary>
    public string? ProjectDirectory { get; set; }

    /// <summary>A registry that stands for the one of every image.</summary>
    public string? ContainerRegistryOverride { get; set; }

    /// <summary>The name that the dashboard shows; null: the AppHost's.</summary>
    public string? DashboardApplicationName { get; set; }

    /// <summary>Starts no dashboard. Then a resource that waits for one that fails, fails too.</summary>
    public bool DisableDashboard { get; set; }

    /// <summary>Copies the logs of resources into the AppHost's own.</summary>
    public bool EnableResourceLogging { get; set; }

    /// <summary>Lets the dashboard and its receivers speak http.</summary>
    public bool AllowUnsecuredTransport { get; set; }
}
