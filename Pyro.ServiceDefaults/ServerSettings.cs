using System.Collections;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pyro.Configuration;
using Pyro.Configuration.Values;
using Pyro.Memory;
using Pyro.ServiceDefaults.Operations;
using Pyro.Tenancy;

namespace Pyro.ServiceDefaults;

/// <summary>Brings the settings of the command line, the environment and the files into a program that is being built.</summary>
public static class ServerSettings
{
    /// <summary>Bytes; a twentieth of the budget is for one tenant's requests in flight, and with less than this hardly any profile fits.</summary>
    private const long LeastBudget = 16 << 20;

    /// <summary>
    /// Loads the settings. False when the program is to end now: after <c>-help</c> and its like, or with every fault on standard error.
    /// </summary>
    /// <param name="builder">The program.</param>
    /// <param name="args">The command line.</param>
    /// <param name="target">What this program runs when nothing else is said; null: everything.</param>
    /// <param name="exitCode">Set when false.</param>
    /// <param name="componentFaults">What else keeps the program from starting, one line each.</param>
    public static bool TryAddSettings(
        this WebApplicationBuilder builder, string[] args, string? target, out int exitCode, Func<Settings, IReadOnlyList<string>>? componentFaults = null)
    {
        if (target is not null)
            args = [$"-target={target}", .. args];
        switch (Load(args, settings => [.. Faults(settings), .. componentFaults?.Invoke(settings) ?? []]))
        {
            case EarlyExit exit:
                Console.Out.Write(exit.Text);
                exitCode = exit.ExitCode;
                return false;
            case FaultyConfiguration faulty:
                Console.Error.WriteLine(faulty.Text);
                exitCode = faulty.ExitCode;
                return false;
            case LoadedSettings loaded:
                builder.Services.AddSingleton(loaded.Settings).AddSingleton(loaded);
                ((IHostApplicationBuilder)builder).Properties[typeof(Settings)] = loaded;
                break;
        }
        exitCode = 0;
        return true;
    }

    /// <summary>Loads the settings of the command line, the environment and the files, as a server does.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="faults">What is wrong with them beyond the table of options, one line each.</param>
    public static LoadResult Load(string[] args, Func<Settings, IReadOnlyList<string>> faults) =>
        SettingsLoader.Load(args, Variables(), ConfigurationFile.ReadText, faults);

    /// <summary>The settings that <see cref="TryAddSettings"/> brought in.</summary>
    public static Settings Settings(this IHostApplicationBuilder builder) => Loaded(builder).Settings;

    private static LoadedSettings Loaded(IHostApplicationBuilder builder) =>
        builder.Properties.TryGetValue(typeof(Settings), out var loaded)
            ? (LoadedSettings)loaded
            : throw new InvalidOperationException("TryAddSettings comes first.");

    /// <summary>What the table of options cannot know to be wrong.</summary>
    private static List<string> Faults(Settings settings)
    {
        var faults = new List<string>();
        TenantLimits.Read(settings, faults);
        if (RuntimeConfig.Fault(settings) is { } fault)
            faults.Add(fault);
        if (MemoryBudget(settings) is var budget and < LeastBudget)
            faults.Add($"memory.budget: {settings.Text("memory.budget")} comes to {budget} bytes; below {LeastBudget >> 20}MiB hardly any profile can be taken, as a twentieth of it is all that the requests of a tenant may hold");
        if (ListenAddress(settings) is null)
            faults.Add($"-server.http-listen-address: \"{settings.Text("server.http_listen_address")}\" is no IP address");
        return faults;
    }

    /// <summary>Bytes that the process may use for profiles, requests and caches.</summary>
    internal static long MemoryBudget(Settings settings) => ByteSize.TryParseShare(settings.Text("memory.budget"), MachineMemory.Bytes(), out var bytes)
        ? bytes
        : throw new InvalidOperationException("the loader lets no other text through");

    /// <summary>The address to listen on; null when the setting is none.</summary>
    internal static IPAddress? ListenAddress(Settings settings) => settings.Text("server.http_listen_address") switch
    {
        "" => IPAddress.Any,
        "localhost" => IPAddress.Loopback,
        var text => IPAddress.TryParse(text, out var address) ? address : null,
    };

    private static Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        return variables;
    }
}
