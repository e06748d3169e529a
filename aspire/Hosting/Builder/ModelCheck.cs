using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Finds what can never start before anything is started.</summary>
internal static class ModelCheck
{
    /// <summary>Refuses names given twice and circles of waiting.</summary>
    /// <exception cref="DistributedApplicationException">Says which.</exception>
    public static void Verify(IEnumerable<IResource> resources)
    {
        var all = resources.ToArray();
        if (all.GroupBy(r => r.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new DistributedApplicationException($"Two resources are named '{twice.Key}'; names are unique without regard to case.");
        var settled = new HashSet<IResource>();
        foreach (var resource in all)
            Walk(resource, [], settled);
    }

    private static void Walk(IResource resource, List<IResource> path, HashSet<IResource> settled)
    {
        if (settled.Contains(resource))
            return;
        var start = path.IndexOf(resource);
        path.Add(resource);
        if (start >= 0)
        {
            throw new DistributedApplicationException(
                $"Resources wait for each other in a circle, so none could start: {string.Join(" → ", path.Skip(start).Select(r => r.Name))}. Take out one WaitFor.");
        }
        foreach (var next in resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource))
            Walk(next, path, settled);
        path.RemoveAt(path.Count - 1);
        settled.Add(resource);
    }
}
