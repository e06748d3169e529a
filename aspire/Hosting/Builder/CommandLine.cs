using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>The AppHost's command line: settings by name, and switches that stand for settings.</summary>
internal static class CommandLine
{
    private static readonly Dictionary<string, string> Switches = new(StringComparer.OrdinalIgnoreCase)
    {
        ["--operation"] = "AppHost:Operation",
        ["--publisher"] = "Publishing:Publisher",
        ["--step"] = "Pipeline:Step",
        ["--output-path"] = "Pipeline:OutputPath",
        ["--log-level"] = "Pipeline:LogLevel",
        ["--include-exception-details"] = "Pipeline:IncludeExceptionDetails",
    };

    /// <summary>Puts the command line above all other configuration.</summary>
    public static void AddTo(IConfigurationBuilder configuration, string[] args) => configuration.AddCommandLine(args, Switches);

    /// <summary>Reads whether the application runs or is published.</summary>
    /// <exception cref="DistributedApplicationException">The operation is neither.</exception>
    public static DistributedApplicationExecutionContextOptions Execution(IConfiguration configuration)
    {
        var publisher = configuration["Publishing:Publisher"];
        var operation = configuration["AppHost:Operation"] ?? (publisher is null ? "run" : "publish");
        if (operation.Equals("run", StringComparison.OrdinalIgnoreCase))
            return new(DistributedApplicationOperation.Run);
        if (operation.Equals("publish", StringComparison.OrdinalIgnoreCase))
            return new(DistributedApplicationOperation.Publish, publisher ?? "manifest");
        throw new DistributedApplicationException($"--operation says '{operation}': it has to be 'run' or 'publish'.");
    }
}
