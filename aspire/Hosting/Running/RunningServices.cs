using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Aspire.Hosting.Running;

/// <summary>Registers all that runs the application.</summary>
internal static class RunningServices
{
    /// <summary>How long all of it may take to stop.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(3);

    /// <summary>Registers.</summary>
    public static IServiceCollection AddRunning(this IServiceCollection services, DistributedApplicationBuilder builder)
    {
        services.TryAddSingleton(provider => RunOptions.From(builder, provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton(provider => new Terminal(provider.GetRequiredService<ILoggerFactory>().CreateLogger(builder.Environment.ApplicationName)));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ProjectPrograms>(provider, builder.AppHostAssembly!));
        services.AddSingleton(_ =>
        {
            var standIns = new StandIns();
            standIns.Register(S3StandIn.Image, S3StandIn.Launch);
            return standIns;
        });
        services.AddSingleton<ContainerPlanner>();
        services.AddSingleton<RunPlanner>();
        services.AddSingleton<HttpProbe>();
        services.AddSingleton<RunContext>();
        services.AddSingleton<DashboardStart>();
        services.AddSingleton<Orchestrator>();
        services.AddHostedService(provider => provider.GetRequiredService<Orchestrator>());
        // Without a name the logger falls back to its old options, which know no single lines.
        services.Configure<ConsoleLoggerOptions>(console => console.FormatterName ??= ConsoleFormatterNames.Simple);
        services.Configure<SimpleConsoleFormatterOptions>(console => console.SingleLine = true);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = StopLimit);
        return services;
    }
}
