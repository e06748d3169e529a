using Pyro.Configuration.Yaml;
using Pyro.Profiles.Relabeling;

namespace Pyro.Tenancy;

/// <summary>Reads relabelling rules as they are configured, with Prometheus' names and defaults.</summary>
internal static class RelabelReader
{
    /// <summary>The rules of a list, ready to run.</summary>
    /// <param name="path">Where the list stands, for faults.</param>
    /// <param name="value">The list, null for none.</param>
    /// <param name="faults">Takes what is wrong; such rules are left out.</param>
    public static IReadOnlyList<RelabelRule> Read(string path, YamlValue? value, List<string> faults)
    {
        if (value is null || value.IsNull)
        {
            return [];
        }
        if (value is not YamlList list)
        {
            faults.Add($"{path} is a list of rules");
            return [];
        }
        List<RelabelRule> rules = [];
        for (int i = 0; i < list.Items.Count; i++)
        {
            if (ReadRule($"{path}[{i}]", list.Items[i], faults) is { } rule)
            {
                rules.Add(rule);
            }
        }
        return rules;
    }

    private static RelabelRule? ReadRule(string path, YamlValue value, List<string> faults)
    {
        StructureReader reader = new(path, value, faults);
        RelabelConfig config = new()
        {
            SourceLabels = reader.Texts("source_labels"),
            Separator = reader.Text("separator", ";"),
            Regex = reader.Text("regex", RelabelConfig.DefaultRegex),
            Modulus = (ulong)reader.Integer("modulus"),
            TargetLabel = reader.Text("target_label"),
            Replacement = reader.Text("replacement", RelabelConfig.DefaultReplacement),
            Action = Action(reader),
        };
        reader.End();
        try
        {
            return new RelabelRule(config);
        }
        catch (RelabelConfigException e)
        {
            faults.Add($"{path}: {e.Message}");
            return null;
        }
    }

    private static RelabelAction Action(StructureReader reader)
    {
        string name = reader.Text("action", "replace");
        return name.Length > 0 && RelabelConfig.ParseAction(name) is { } action
            ? action
            // Drop asks for nothing else, so that this is the only fault.
            : reader.Fault("action", $"is unknown: \"{name}\"", RelabelAction.Drop);
    }
}
