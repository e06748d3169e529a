using System.Collections.Frozen;

namespace Pyro.Configuration.Sources;

/// <summary>Variables <c>PYRO__A__B</c>: the YAML path joined by two underscores, in any case, with <c>_</c> for <c>-</c>.</summary>
internal static class EnvironmentSettings
{
    private const string Prefix = "PYRO__";

    private static readonly FrozenDictionary<string, string> Paths =
        OptionTable.PathNames.ToFrozenDictionary(NameOf, path => path, StringComparer.OrdinalIgnoreCase);

    /// <summary>The variable of a path.</summary>
    public static string NameOf(string path) => Prefix + path.Replace(".", "__", StringComparison.Ordinal).Replace('-', '_').ToUpperInvariant();

    /// <summary>Reads the variables.</summary>
    public static void Read(IReadOnlyDictionary<string, string> environment, Layer layer)
    {
        foreach ((string name, string value) in environment)
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }
            if (Paths.TryGetValue(name, out string? path) && OptionTable.ByUserPath(path) is var (option, alias))
            {
                layer.Set(name, option, alias, value);
            }
            else
            {
                layer.Fault($"{name}: there is no such setting{Nearest.Hint(Nearest.To(name.ToUpperInvariant(), Paths.Keys))}");
            }
        }
    }
}
