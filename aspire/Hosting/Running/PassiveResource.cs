using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>A resource without a process: a parameter, a connection string, an external service. It is active when its value is known.</summary>
internal sealed class PassiveResource(IResource resource, RunContext context)
{
    /// <summary>Finds its value and tells its state.</summary>
    public async Task Start(CancellationToken cancellation)
    {
        await Task.Yield();
        try
        {
            await Publish(snapshot => snapshot with { CreationTimeStamp = DateTime.UtcNow });
            var value = resource switch
            {
                IResourceWithConnectionString connection => await Evaluation.ConnectionStringOf(connection, cancellation),
                ParameterResource parameter => new ResolvedValue(await parameter.GetValueAsync(cancellation) ?? "", parameter.Secret),
                ExternalServiceResource { UrlParameter: { } url } => new ResolvedValue(await url.GetValueAsync(cancellation) ?? "", url.Secret),
                ExternalServiceResource { Uri: { } uri } => new ResolvedValue(uri.ToString(), false),
                _ => (ResolvedValue?)null,
            };
            if (resource is IResourceWithConnectionString)
                await context.PublishStarting(resource, cancellation);
            if (value is null && resource is not IResourceWithoutLifetime)
                return; // A resource of the model's own kind tells its state itself.
            await Publish(snapshot => snapshot with
            {
                State = new(KnownResourceStates.Active, KnownResourceStateStyles.Success),
                StartTimeStamp = DateTime.UtcNow,
                Properties = value is not { } known ? snapshot.Properties
                    : snapshot.Properties.Set(resource is ExternalServiceResource ? "resource.url" : "Value", known.Text, known.IsSecret),
            });
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The application does not start after all.
        }
        catch (Exception e)
        {
            await Publish(snapshot => snapshot with { State = new(e is MissingParameterValueException ? "Value missing" : "Error resolving", KnownResourceStateStyles.Error) });
            context.Terminal.Fail($"{resource.Name}: {e.Message}");
        }
    }

    private Task Publish(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) => context.Notifications.PublishUpdateAsync(resource, change);
}
