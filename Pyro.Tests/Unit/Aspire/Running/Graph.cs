using System.Collections.Concurrent;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pyro.Tests.Unit.Aspire.Running;

/// <summary>Small applications of real processes.</summary>
internal static class Graph
{
    /// <summary>Only what never comes takes so long.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private const string Server =
        """
        const http = require('node:http');
        http.createServer((request, response) => {
          response.statusCode = request.url === '/health' ? Number(process.env.STATUS ?? 200) : 200;
          response.end(String(process.pid));
        }).listen(Number(process.env.PORT), '127.0.0.1');
        process.on('SIGTERM', () => process.exit(0));
        """;

    public static IDistributedApplicationBuilder New(params string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = ["--DcpPublisher:RandomizePorts=true", .. args],
            DisableDashboard = true,
            AssemblyName = "Pyro.Tests",
            ProjectDirectory = Path.GetTempPath(),
        });
        builder.Services.AddLogging(logging => logging.ClearProviders());
        return builder;
    }

    public static async Task<DistributedApplication> Start(IDistributedApplicationBuilder builder, TimeSpan? grace = null)
    {
        builder.Services.AddSingleton(new RunOptions
        {
            AppHostPath = "/tmp/app",
            AppHostDirectory = Path.GetTempPath(),
            RandomizePorts = builder.Configuration["DcpPublisher:RandomizePorts"] == "true",
            RestartsAfterCrash = builder.Configuration["AppHost:RestartAfterCrash"] == "true",
            Grace = grace ?? TimeSpan.FromSeconds(30),
        });
        var app = builder.Build();
        await app.StartAsync();
        return app;
    }

    public static IResourceBuilder<ExecutableResource> AddSh(this IDistributedApplicationBuilder builder, string name, string script) =>
        builder.AddExecutable(name, "/bin/sh", ".", "-c", script);

    public static IResourceBuilder<ExecutableResource> AddNode(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddExecutable(name, "node", ".", "-e", Server).WithHttpEndpoint(env: "PORT");

    /// <summary>Waits for a state; when it does not come, the states and logs of all are told.</summary>
    public static async Task Reaches(this DistributedApplication app, string name, string state)
    {
        try
        {
            await app.ResourceNotifications.WaitForResourceAsync(name, state).WaitAsync(Limit);
        }
        catch (TimeoutException e)
        {
            var all = app.Services.GetRequiredService<DistributedApplicationModel>().Resources
                .Select(resource => $"{resource.Name}: {app.Snapshot(resource.Name).State?.Text}\n{app.LogNow(resource.Name)}");
            throw new TimeoutException($"{name} does not become {state}\n{string.Join("\n", all)}", e);
        }
    }

    public static void AddRecorder(this IServiceCollection services, Recorder recorder) => services.AddLogging(logging => logging.AddProvider(recorder));

    public static StandIns GetStandIns(this IServiceProvider services) => services.GetRequiredService<StandIns>();

    public static string? Property(this ResourceEvent change, string name) => change.Snapshot.Properties.FirstOrDefault(one => one.Name == name)?.Value?.ToString();

    public static CustomResourceSnapshot Snapshot(this DistributedApplication app, string name) => app.Snapshot(name, out _);

    public static CustomResourceSnapshot Snapshot(this DistributedApplication app, string name, out string id)
    {
        Assert.True(app.ResourceNotifications.TryGetCurrentState(name, out var state));
        id = state.ResourceId;
        return state.Snapshot;
    }

    public static async Task<string> Log(this DistributedApplication app, string name)
    {
        await Task.Delay(50);
        return app.LogNow(name);
    }

    public static string LogNow(this DistributedApplication app, string name) =>
        string.Join('\n', app.Services.GetRequiredService<ResourceLoggerService>().Log(name).After(0).Select(line => line.Text));
}

/// <summary>Keeps what is logged.</summary>
internal sealed class Recorder : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue(formatter(state, exception));
}
