namespace Aspire.Hosting.Running;

/// <summary>Runs something for every node of a graph, for a node only after all that depend on it are through: the order of stopping.</summary>
internal static class DependencyOrder
{
    /// <summary>
    /// Runs the action for each node as early as its dependents allow, many at once. Edges that close a circle are left out, so that a
    /// circle does not hold anything up.
    /// </summary>
    public static async Task DependentsFirst<T>(IReadOnlyCollection<T> nodes, Func<T, IEnumerable<T>> dependencies, Func<T, Task> action) where T : class
    {
        var dependents = nodes.ToDictionary(node => node, _ => new List<T>(), ReferenceEqualityComparer.Instance as IEqualityComparer<T>);
        var onPath = new HashSet<T>(ReferenceEqualityComparer.Instance);
        var done = new HashSet<T>(ReferenceEqualityComparer.Instance);
        var order = new List<T>();
        void Visit(T node)
        {
            if (done.Contains(node) || !onPath.Add(node))
                return;
            foreach (var dependency in dependencies(node).Where(dependents.ContainsKey))
            {
                if (!onPath.Contains(dependency))
                    dependents[dependency].Add(node);
                Visit(dependency);
            }
            onPath.Remove(node);
            done.Add(node);
            order.Add(node);
        }
        foreach (var node in nodes)
            Visit(node);
        // Reversed, each node comes after its dependents, whose tasks exist by then.
        order.Reverse();
        var tasks = new Dictionary<T, Task>(ReferenceEqualityComparer.Instance as IEqualityComparer<T>);
        foreach (var node in order)
            tasks[node] = After(dependents[node].Select(dependent => tasks[dependent]).ToArray(), () => action(node));
        await Task.WhenAll(tasks.Values);
    }

    private static async Task After(Task[] before, Func<Task> action)
    {
        await Task.WhenAll(before).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await action();
    }
}
