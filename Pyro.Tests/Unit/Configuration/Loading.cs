using Pyro.Configuration;

namespace Pyro.Tests.Unit.Configuration;

/// <summary>Loads settings from texts.</summary>
internal static class Loading
{
    public static LoadResult Load(
        string args = "", string? yaml = null, string? appSettings = null, params (string Name, string Value)[] environment)
    {
        List<string> line = [.. args.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        if (yaml is not null)
        {
            line.Insert(0, "-config.file=config.yaml");
        }
        return SettingsLoader.Load(
            line,
            environment.ToDictionary(variable => variable.Name, variable => variable.Value),
            name => name switch { "config.yaml" => yaml, "appsettings.json" => appSettings, _ => null });
    }

    public static Settings Settings(
        string args = "", string? yaml = null, string? appSettings = null, params (string Name, string Value)[] environment)
    {
        LoadResult result = Load(args, yaml, appSettings, environment);
        return result is LoadedSettings loaded ? loaded.Settings : throw new InvalidOperationException(Describe(result));
    }

    public static FaultyConfiguration Faults(
        string args = "", string? yaml = null, string? appSettings = null, params (string Name, string Value)[] environment) =>
        Assert.IsType<FaultyConfiguration>(Load(args, yaml, appSettings, environment));

    private static string Describe(LoadResult result) => result is FaultyConfiguration faulty ? faulty.Text : result.ToString();
}
