using System.Collections.Concurrent;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>Why this process is not ready, told by each component in it; none: ready.</summary>
public sealed class Readiness
{
    private readonly ConcurrentDictionary<string, Func<CancellationToken, Task<string?>>> _checks = new(StringComparer.Ordinal);

    /// <summary>Adds a component's check: null when ready, else the reason as it is shown, for example <c>Ingester not ready: replaying the log</c>.</summary>
    public void Add(string component, Func<string?> check) => _checks[component] = _ => Task.FromResult(check());

    /// <summary>Adds a check that has to ask others.</summary>
    public void Add(string component, Func<CancellationToken, Task<string?>> check) => _checks[component] = check;

    /// <summary>The first reason in order of the components' names, or null when all are ready.</summary>
    public async Task<string?> Reason(CancellationToken cancellationToken)
    {
        foreach (var (_, check) in _checks.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            if (await check(cancellationToken) is { } reason)
                return reason;
        }
        return null;
    }
}
