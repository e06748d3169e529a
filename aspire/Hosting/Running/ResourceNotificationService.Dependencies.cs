namespace Aspire.Hosting.ApplicationModel;

/// <content>Waiting for what a resource depends on.</content>
public partial class ResourceNotificationService
{
    /// <summary>Waits until all that a resource waits for is as it should be.</summary>
    public Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken) => Task.WhenAll(
        resource.Annotations.OfType<WaitAnnotation>().Select(w => WaitForResourceHealthyAsync(w.Resource.Name, cancellationToken)));
}
