using Microsoft.AspNetCore.Builder;
using Pyro.Configuration;

namespace Pyro.ServiceDefaults;

/// <summary>A part of Pyro that a process may run, as <c>-target</c> names it.</summary>
/// <param name="Targets">The names of <c>-target</c> that mean it.</param>
/// <param name="Faults">What is wrong with its settings, one line each; none: it can be built.</param>
/// <param name="Add">Registers it; the settings and the service defaults come first.</param>
/// <param name="Map">Maps its routes.</param>
public sealed record Component(
    IReadOnlyList<string> Targets,
    Func<Settings, IReadOnlyList<string>> Faults,
    Action<WebApplicationBuilder> Add,
    Action<WebApplication> Map)
{
    /// <summary>Passes everything on to other processes: it is no part of <c>all</c>, and nothing else runs beside it.</summary>
    public bool RunsAlone { get; init; }

    /// <summary>Whether the settings want it: by one of its names, or by <c>all</c>.</summary>
    public bool IsWanted(Settings settings) =>
        settings.List("target") is var names && (Targets.Any(names.Contains) || (names.Contains("all") && !RunsAlone));

    /// <summary>Everything that keeps the wanted ones among these from starting; a name that none of them has is told too.</summary>
    public static IReadOnlyList<string> FaultsOf(IReadOnlyList<Component> components, Settings settings)
    {
        var names = settings.List("target");
        var wanted = components.Where(component => component.IsWanted(settings)).ToList();
        return
        [
            .. names.Where(name => name != "all" && !components.Any(component => component.Targets.Contains(name)))
                .Select(name => $"target {name}: this program has no such component{(components.Count > 1 ? " yet" : "")}"),
            .. wanted.Where(component => component.RunsAlone && wanted.Count > 1)
                .Select(component => $"target {string.Join(',', names)}: the {component.Targets[0]} runs in a process of its own"),
            .. wanted.SelectMany(component => component.Faults(settings)),
        ];
    }
}
