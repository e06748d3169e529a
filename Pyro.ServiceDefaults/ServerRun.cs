using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pyro.Configuration;

namespace Pyro.ServiceDefaults;

/// <summary>A server's life, from its command line to its exit code.</summary>
public static class ServerRun
{
    /// <summary>
    /// Builds and runs the components that the settings want, until the process is told to stop, and returns its exit code. What a
    /// person can mend is told on standard error, without a trace: faults of the settings in one message, all else in one line.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="target">What this program runs when nothing else is said; null: everything.</param>
    /// <param name="components">What this program can run.</param>
    public static async Task<int> Run(string[] args, string? target, IReadOnlyList<Component> components)
    {
        PoolThreads.Reserve();
        try
        {
            var builder = WebApplication.CreateBuilder();
            if (!builder.TryAddSettings(args, target, out var exitCode, settings => Component.FaultsOf(components, settings)))
                return exitCode;
            var wanted = components.Where(component => component.IsWanted(builder.Settings())).ToList();
            builder.AddServiceDefaults();
            wanted.ForEach(component => component.Add(builder));

            await using var app = builder.Build();
            app.MapDefaultEndpoints();
            wanted.ForEach(component => component.Map(app));
            await Start(app);
            await app.WaitForShutdownAsync();
            return Environment.ExitCode;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"pyro cannot run: {OneLine(e)}");
            return 1;
        }
    }

    private static async Task Start(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (SocketException e)
        {
            // Kestrel names the place only when it is in use.
            var settings = app.Services.GetRequiredService<Settings>();
            throw new IOException(
                $"cannot listen on {ServerSettings.ListenAddress(settings)} port {settings.Integer("server.http_listen_port")} (-server.http-listen-address, -server.http-listen-port): {e.Message}", e);
        }
    }

    /// <summary>What went wrong; for what nobody foresaw also where.</summary>
    private static string OneLine(Exception e)
    {
        var place = e is IOException or UnauthorizedAccessException ? "" : $"{e.GetType().Name} in {e.TargetSite?.DeclaringType}: ";
        return place + e.Message.ReplaceLineEndings(" ");
    }
}
