using System.Collections.Concurrent;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>Why this process is not ready, told by each component in it; none: ready.</summary>
public sealed class Readiness
{
    private readonly ConcurrentDictionary<string, Func<string?>> _checks = new(StringComparer.Ordinal);

    /// <summary>Adds a component's check: null when ready, else the reason as it is shown, for example <c>Ingester not ready: replaying the log</c>.</summary>
    public void Add(string component, Func<string?> check) => _checks[component] = check;

    /// <summary>The first reason in order of the components' names, or null when all are ready.</summary>
    public string? Reason()
    {
        foreach (var (_, check) in _checks.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            if (check() is { } reason)
                return reason;
        }
        return null;
    }
}
