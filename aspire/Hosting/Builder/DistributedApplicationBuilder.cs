using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Describes an application on top of a host of its own.</summary>
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly DistributedApplicationExecutionContextOptions _execution;
    private readonly CommandLine _commandLine;
    private readonly AppHostInterception? _interception = AppHostInterception.Current;

    /// <summary>Starts with a command line.</summary>
    public DistributedApplicationBuilder(string[] args)
        : this(new DistributedApplicationOptions { Args = args })
    {
    }

    /// <summary>Starts with options.</summary>
    /// <exception cref="DistributedApplicationException">The command line asks for something unknown.</exception>
    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var settings = new HostApplicationBuilderSettings();
        _interception?.Creating?.Invoke(options, settings);
        Options = options;
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        AppHostDirectory = Path.GetFullPath(options.ProjectDirectory ?? Metadata("apphostprojectpath") ?? Directory.GetCurrentDirectory());
        AppHostPath = Path.Combine(AppHostDirectory, Metadata("apphostprojectname") ?? AppHostAssembly?.GetName().Name ?? "AppHost");
        settings.ContentRootPath ??= AppHostDirectory;
        settings.ApplicationName ??= AppHostAssembly?.GetName().Name;
        settings.Args = null;
        settings.Configuration ??= new ConfigurationManager();
        // The settings of an AppHost are read once: watching the files would cost handles that tests run out of.
        settings.Configuration["hostBuilder:reloadConfigOnChange"] = "false";
        _host = new HostApplicationBuilder(settings);
        Secrets = UserSecrets.Of(AppHostAssembly);
        Secrets?.AddTo(_host.Configuration);
        _commandLine = CommandLine.AddTo(_host.Configuration, options.Args ?? []);
        _execution = CommandLine.Execution(_host.Configuration);
        ExecutionContext = new DistributedApplicationExecutionContext(_execution);
        AddServices();
        _interception?.Created?.Invoke(this);
    }

    /// <inheritdoc/>
    public ConfigurationManager Configuration => _host.Configuration;

    /// <inheritdoc/>
    public string AppHostDirectory { get; }

    /// <summary>The path of the AppHost's project file.</summary>
    public string AppHostPath { get; }

    /// <inheritdoc/>
    public Assembly? AppHostAssembly { get; }

    /// <inheritdoc/>
    public IHostEnvironment Environment => _host.Environment;

    /// <inheritdoc/>
    public IServiceCollection Services => _host.Services;

    /// <inheritdoc/>
    public IDistributedApplicationEventing Eventing { get; } = new EventDispatch();

    /// <inheritdoc/>
    public DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <inheritdoc/>
    public IResourceCollection Resources { get; } = new ResourceCollection();

    internal DistributedApplicationOptions Options { get; }

    /// <summary>The secrets of who runs the AppHost; null when it has none.</summary>
    internal UserSecrets? Secrets { get; }

    /// <inheritdoc/>
    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (Resources.FirstOrDefault(r => r.Name.Equals(resource.Name, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            throw new DistributedApplicationException(
                $"Cannot add resource '{resource.Name}' ({resource.GetType().Name}): there is a resource '{other.Name}' ({other.GetType().Name}), and names differ by more than case.");
        }
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    /// <inheritdoc/>
    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    /// <inheritdoc/>
    public DistributedApplication Build()
    {
        _interception?.Building?.Invoke(this);
        ModelCheck.Verify(Resources);
        LifecycleCommands.AddTo(Resources);
        var application = new DistributedApplication(_host.Build());
        _execution.Services = application.Services;
        ((EventDispatch)Eventing).Logger = application.Services.GetRequiredService<ILogger<EventDispatch>>();
        _interception?.Built?.Invoke(application);
        foreach (var mistake in _commandLine.Mistakes())
            application.Services.GetRequiredService<Terminal>().Warn(mistake);
        return application;
    }

    private string? Metadata(string key) => AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(a => a.Key.Equals(key, StringComparison.OrdinalIgnoreCase))?.Value;

    private void AddServices()
    {
        _host.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        _host.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        _host.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        Services.AddSingleton<IDistributedApplicationBuilder>(this);
        Services.AddSingleton(Options);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(Eventing);
        Services.AddSingleton(new DistributedApplicationModel(Resources));
        Services.AddSingleton(provider => new ResourceLoggerService(Forwarder(provider)));
        Services.AddSingleton(provider => new ResourceNotificationService(provider, provider.GetRequiredService<ILogger<ResourceNotificationService>>()));
        Services.AddSingleton(provider => new ResourceCommandService(
            provider.GetRequiredService<ResourceNotificationService>(), provider.GetRequiredService<ResourceLoggerService>(), provider));
        Services.Configure<ResourceNotificationServiceOptions>(o => o.DefaultWaitBehavior =
            Options.DisableDashboard ? WaitBehavior.StopOnResourceUnavailable : WaitBehavior.WaitOnResourceUnavailable);
        Services.AddHealthChecks();
        Services.AddRunning(this);
    }

    private Func<string, ILogger?> Forwarder(IServiceProvider provider)
    {
        if (!Options.EnableResourceLogging)
            return _ => null;
        var factory = provider.GetRequiredService<ILoggerFactory>();
        return name => factory.CreateLogger($"{Environment.ApplicationName}.Resources.{name}");
    }
}
