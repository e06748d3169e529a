using Pyro.Configuration.Yaml;

namespace Pyro.Tenancy;

/// <summary>Usage groups of a tenant: names with selectors of series, and the share of each that is kept.</summary>
internal static class UsageGroups
{
    private const int MaxGroups = 50;

    /// <summary>Group for what no group matches.</summary>
    private const string Other = "other";

    /// <summary>The selector of each group, by name.</summary>
    public static IReadOnlyDictionary<string, string> ReadSelectors(string path, YamlValue? value, List<string> faults)
    {
        Dictionary<string, string> selectors = [];
        StructureReader reader = new(path, value, faults);
        foreach ((string name, YamlValue selector) in reader.Entries)
        {
            if (name is "" or Other)
            {
                faults.Add($"{path}: \"{name}\" cannot be the name of a usage group");
            }
            selectors[name] = reader.Text(name);
        }
        if (selectors.Count > MaxGroups)
        {
            faults.Add($"{path}: {selectors.Count} usage groups, at most {MaxGroups} are allowed");
        }
        return selectors;
    }

    /// <summary>The share of the profiles of each group that is kept, 0 to 1.</summary>
    public static IReadOnlyDictionary<string, double> ReadSampling(string path, YamlValue? value, List<string> faults)
    {
        Dictionary<string, double> shares = [];
        StructureReader reader = new(path, value, faults), groups = reader.Map("usage_groups");
        foreach ((string name, YamlValue group) in groups.Entries)
        {
            StructureReader sampling = new($"{path}.usage_groups.{name}", group, faults);
            double share = sampling.Number("probability");
            shares[name] = share <= 1 ? share : sampling.Fault("probability", "is a share between 0 and 1", 1.0);
            sampling.End();
        }
        reader.End();
        return shares;
    }
}
