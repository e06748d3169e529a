namespace Pyro.Configuration;

/// <summary>What loading the configuration came to.</summary>
public abstract record LoadResult;

/// <summary>The process may start.</summary>
/// <param name="Settings">The settings in force.</param>
/// <param name="Warnings">What the log should say about them, one line each.</param>
public sealed record LoadedSettings(Settings Settings, IReadOnlyList<string> Warnings) : LoadResult;

/// <summary>The command line asked for a text and nothing else (<c>-help</c>, <c>-version</c>, …).</summary>
/// <param name="Text">The text for standard output.</param>
/// <param name="ExitCode">The exit code.</param>
public sealed record EarlyExit(string Text, int ExitCode) : LoadResult;

/// <summary>The configuration is wrong; every fault that was found, so that one round of corrections is enough.</summary>
/// <param name="Faults">One line each.</param>
/// <param name="ExitCode">2 when a flag is unknown, else 1.</param>
public sealed record FaultyConfiguration(IReadOnlyList<string> Faults, int ExitCode) : LoadResult
{
    /// <summary>The faults as one text for standard error.</summary>
    public string Text => "failed parsing config: " + string.Join("\n  ", Faults.Count == 1 ? Faults : Faults.Prepend($"{Faults.Count} faults"));
}
