using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Gives commands to resources.</summary>
public class ResourceCommandService
{
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _logs;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService logs, IServiceProvider services)
    {
        _notifications = notifications;
        _logs = logs;
        _services = services;
    }

    /// <summary>Gives a command to an instance; of a resource with one instance its name will do.</summary>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default) =>
        _notifications.TryGetCurrentState(resourceId, out var state)
            ? Execute(state, commandName, cancellationToken)
            : Task.FromResult(CommandResults.Failure($"There is no resource '{resourceId}'."));

    /// <summary>Gives a command to every instance of a resource, and fails when one of them does.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        var instances = _notifications.Current(resource);
        if (instances.Count == 0)
            return CommandResults.Failure($"Resource '{resource.Name}' has not been started with the application.");
        var results = await Task.WhenAll(instances.Select(i => Execute(i, commandName, cancellationToken)));
        return results.FirstOrDefault(r => !r.Success) ?? results[0];
    }

    private async Task<ExecuteCommandResult> Execute(ResourceEvent instance, string name, CancellationToken cancellation)
    {
        var command = instance.Resource.Annotations.OfType<ResourceCommandAnnotation>().LastOrDefault(c => c.Name == name);
        if (command is null)
            return CommandResults.Failure($"Resource '{instance.Resource.Name}' has no command '{name}'.");
        if (command.StateFor(instance.Snapshot, _services) != ResourceCommandState.Enabled)
            return CommandResults.Failure($"Command '{name}' cannot be given to '{instance.ResourceId}' while it is {instance.Snapshot.State?.Text ?? "not started"}.");
        var logger = _logs.GetLogger(instance.ResourceId);
        try
        {
            return await command.Execute(new ExecuteCommandContext
            {
                Services = _services,
                ResourceName = instance.ResourceId,
                Logger = logger,
                CancellationToken = cancellation,
            });
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return CommandResults.Canceled();
        }
        catch (Exception e)
        {
            logger.LogError(e, "Command {Command} failed", name);
            return CommandResults.Failure(e);
        }
    }
}
