namespace Pyro.Configuration;

/// <summary>What <c>-target</c> may name.</summary>
internal static class Modules
{
    /// <summary>Names that people give, each with whether <c>all</c> runs it.</summary>
    private static readonly (string Name, bool InAll)[] Visible =
    [
        ("all", false), ("ad-hoc-profiles", true), ("admin", true), ("compactor", true), ("distributor", true), ("embedded-grafana", false),
        ("feature-flags", true), ("ingester", true), ("overrides-exporter", true), ("querier", true), ("query-frontend", true),
        ("query-scheduler", true), ("store-gateway", true), ("tenant-settings", true), ("usage-stats", true),
    ];

    /// <summary>Names of Pyroscope's plumbing, taken but not listed.</summary>
    private static readonly string[] Internal =
        ["api", "gateway", "grpc-gateway", "memberlist-kv", "overrides", "ring", "runtime-config", "server", "storage", "version"];

    /// <summary>Whether a target may be named so.</summary>
    public static bool IsKnown(string name) => Names.Contains(name);

    /// <summary>Every name.</summary>
    public static IEnumerable<string> Names => Visible.Select(module => module.Name).Concat(Internal);

    /// <summary>The text of <c>-modules</c>: a star marks what <c>all</c> runs.</summary>
    public static string Text =>
        string.Concat(Visible.Select(module => $"{module.Name}{(module.InAll ? " *" : "")}\n")) + "\nModules marked with * are included in target all.\n";
}
