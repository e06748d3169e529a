namespace Pyro.Configuration;

/// <summary>The defaults that depend on what runs and where; all others stand in the table.</summary>
internal static class Defaults
{
    /// <summary>The default of an option as text.</summary>
    /// <param name="option">The option.</param>
    /// <param name="all">Everything runs in one process (<c>-target=all</c>).</param>
    /// <param name="environment">The environment, for the host's name.</param>
    public static string Of(Option option, bool all, IReadOnlyDictionary<string, string> environment) => option.Path switch
    {
        "ingester.lifecycler.ring.replication_factor" => all ? "1" : "3",
        "ingester.lifecycler.min_ready_duration" when all => "0s",
        _ when option.Default == "<hostname>" => environment.GetValueOrDefault("HOSTNAME") is { Length: > 0 } name ? name : Environment.MachineName,
        _ => option.Default,
    };
}
