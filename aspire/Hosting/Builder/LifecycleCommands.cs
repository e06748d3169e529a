using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

/// <summary>Start, stop and restart, which every process and container has.</summary>
internal static class LifecycleCommands
{
    private static readonly string[] Ended = ["Finished", "FailedToStart", "Exited", "NotStarted", "Unknown"];
    private static readonly string[] Underway = ["Starting", "Building", "RuntimeUnhealthy"];

    /// <summary>Adds the three to every process and container that has none of its own by that name.</summary>
    public static void AddTo(IEnumerable<IResource> resources)
    {
        foreach (var resource in resources.Where(r => r is IComputeResource))
        {
            Add(resource, KnownResourceCommands.StartCommand, "Start", StartState, (o, id, cancellation) => o.StartResource(id, cancellation));
            Add(resource, KnownResourceCommands.StopCommand, "Stop", StopState, (o, id, cancellation) => o.StopResource(id, cancellation));
            Add(resource, KnownResourceCommands.RestartCommand, "Restart", RestartState, Restart);
        }
    }

    private static void Add(
        IResource resource, string name, string displayName, Func<string?, ResourceCommandState> state, Func<Orchestrator, string, CancellationToken, Task> act)
    {
        if (resource.Annotations.OfType<ResourceCommandAnnotation>().Any(c => c.Name == name))
            return;
        resource.Annotations.Add(new ResourceCommandAnnotation(
            name,
            displayName,
            async context =>
            {
                await act(context.Services.GetRequiredService<Orchestrator>(), context.ResourceName, context.CancellationToken);
                return CommandResults.Success();
            },
            new CommandOptions { IsHighlighted = true, UpdateState = context => state(context.ResourceSnapshot.State?.Text) }));
    }

    private static async Task Restart(Orchestrator orchestrator, string id, CancellationToken cancellation)
    {
        await orchestrator.StopResource(id, cancellation);
        await orchestrator.StartResource(id, cancellation);
    }

    private static ResourceCommandState StartState(string? state) => state switch
    {
        null => ResourceCommandState.Disabled,
        "Waiting" => ResourceCommandState.Enabled,
        _ when Ended.Contains(state) => ResourceCommandState.Enabled,
        _ when Underway.Contains(state) => ResourceCommandState.Disabled,
        _ => ResourceCommandState.Hidden,
    };

    private static ResourceCommandState StopState(string? state) => state switch
    {
        null or "Waiting" => ResourceCommandState.Hidden,
        "Stopping" => ResourceCommandState.Disabled,
        _ when Ended.Contains(state) || Underway.Contains(state) => ResourceCommandState.Hidden,
        _ => ResourceCommandState.Enabled,
    };

    private static ResourceCommandState RestartState(string? state) => state switch
    {
        null or "Waiting" or "Stopping" => ResourceCommandState.Disabled,
        _ when Ended.Contains(state) || Underway.Contains(state) => ResourceCommandState.Disabled,
        _ => ResourceCommandState.Enabled,
    };
}
