using System.Collections.Frozen;
using Pyro.Configuration.Yaml;

namespace Pyro.Configuration.Sources;

/// <summary>Reads settings from a YAML tree, strictly: a key that is no option and no section is a fault.</summary>
internal static class YamlSettings
{
    private static readonly FrozenSet<string> Sections = OptionTable.PathNames.SelectMany(Prefixes).ToFrozenSet();

    /// <summary>Reads the keys of a tree.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="section">Path of the section that it is, "" for the whole configuration.</param>
    /// <param name="origin">Name of the file, for faults.</param>
    /// <param name="layer">Takes the values.</param>
    public static void Read(YamlValue tree, string section, string origin, Layer layer)
    {
        if (tree is not YamlMap map)
        {
            if (!tree.IsNull)
            {
                layer.Fault($"{At(origin, tree.Line)}: {(section.Length == 0 ? "the configuration" : section)} is a mapping");
            }
            return;
        }
        foreach (YamlEntry entry in map.Entries)
        {
            string path = section.Length == 0 ? entry.Key : $"{section}.{entry.Key}";
            if (entry.Key.Contains('.'))
            {
                layer.Fault(Unknown(origin, entry, section));
            }
            else if (OptionTable.ByUserPath(path) is var (option, alias))
            {
                if (!entry.Value.IsNull)
                {
                    layer.Set($"{At(origin, entry.Line)}: {path}", option, alias, entry.Value);
                }
            }
            else if (Sections.Contains(path))
            {
                Read(entry.Value, path, origin, layer);
            }
            else
            {
                layer.Fault(Unknown(origin, entry, section));
            }
        }
    }

    /// <summary>A place in a file; JSON gives no lines.</summary>
    public static string At(string origin, int line) => line > 0 ? $"{origin} line {line}" : origin;

    private static string Unknown(string origin, YamlEntry entry, string section)
    {
        string place = section.Length == 0 ? "the configuration" : section;
        return $"{At(origin, entry.Line)}: field {entry.Key} not found in {place}{Nearest.Hint(Suggest(entry.Key, section))}";
    }

    private static string? Suggest(string key, string section)
    {
        string prefix = section.Length == 0 ? "" : $"{section}.";
        HashSet<string> siblings = [];
        foreach (string path in OptionTable.PathNames)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
            {
                siblings.Add(path[prefix.Length..].Split('.')[0]);
            }
        }
        return Nearest.To(key, siblings)
            ?? OptionTable.Options.FirstOrDefault(option => option.Path == key || option.Path.EndsWith($".{key}", StringComparison.Ordinal))?.Path
            ?? OptionTable.Options.FirstOrDefault(option => option.Flag == key)?.Path;
    }

    private static IEnumerable<string> Prefixes(string path)
    {
        for (int dot = path.IndexOf('.'); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            yield return path[..dot];
        }
    }
}
