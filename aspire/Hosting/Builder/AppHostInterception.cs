using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>
/// How a test gets hold of the application that an AppHost's Program.cs builds: set before its entry point is called, seen by
/// every builder made below it.
/// </summary>
internal sealed class AppHostInterception
{
    private static readonly AsyncLocal<AppHostInterception?> Ambient = new();

    /// <summary>The interception in force; null outside of tests.</summary>
    public static AppHostInterception? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    /// <summary>Before a builder is made: may change its options and the host's settings.</summary>
    public Action<DistributedApplicationOptions, HostApplicationBuilderSettings>? Creating { get; init; }

    /// <summary>After a builder was made: may change its configuration and services.</summary>
    public Action<DistributedApplicationBuilder>? Created { get; init; }

    /// <summary>When Program.cs calls Build, before anything is built: may change the model, and hold Program.cs back.</summary>
    public Action<DistributedApplicationBuilder>? Building { get; init; }

    /// <summary>When the application is built: takes it, and may throw to end Program.cs there.</summary>
    public Action<DistributedApplication>? Built { get; init; }
}
