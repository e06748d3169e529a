using System.Text.RegularExpressions;
using Pyro.Configuration.Yaml;

namespace Pyro.Tenancy;

/// <summary>One relabelling rule as it is configured, with Prometheus' names and defaults; checked, but not yet compiled.</summary>
/// <param name="SourceLabels">Labels whose values are joined and matched.</param>
/// <param name="Separator">What they are joined by.</param>
/// <param name="Regex">The expression, which has to match the whole.</param>
/// <param name="Modulus">Modulus of <c>hashmod</c>.</param>
/// <param name="TargetLabel">The label that is written.</param>
/// <param name="Replacement">What is written, <c>$1</c> being the first group.</param>
/// <param name="Action">replace, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, lowercase or uppercase.</param>
public sealed record RelabelConfig(
    IReadOnlyList<string> SourceLabels, string Separator, string Regex, ulong Modulus, string TargetLabel, string Replacement, string Action)
{
    const string AnyText = "(.*)";
    const string FirstGroup = "$1";

    static readonly string[] Actions =
        ["replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap", "labeldrop", "labelkeep", "lowercase", "uppercase"];

    static readonly string[] Targeted = ["replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"];

    /// <summary>Reads a list of rules.</summary>
    /// <param name="path">Where it stands, for faults.</param>
    /// <param name="value">The list, null for none.</param>
    /// <param name="faults">Takes what is wrong.</param>
    internal static IReadOnlyList<RelabelConfig> Read(string path, YamlValue? value, List<string> faults)
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
        return [.. list.Items.Select((item, i) => ReadRule($"{path}[{i}]", item, faults))];
    }

    static RelabelConfig ReadRule(string path, YamlValue value, List<string> faults)
    {
        StructureReader reader = new(path, value, faults);
        RelabelConfig rule = new(
            reader.Texts("source_labels"), reader.Text("separator", ";"), reader.Text("regex", AnyText), (ulong)reader.Integer("modulus"),
            reader.Text("target_label"), reader.Text("replacement", FirstGroup), reader.Text("action", "replace").ToLowerInvariant());
        reader.End();
        rule.Check(path, faults);
        return rule;
    }

    void Check(string path, List<string> faults)
    {
        if (!Actions.Contains(Action))
        {
            faults.Add($"{path}: unknown relabel action \"{Action}\"");
        }
        if (Action == "hashmod" && Modulus == 0)
        {
            faults.Add($"{path}: relabel configuration for hashmod requires non-zero modulus");
        }
        if (Targeted.Contains(Action) && TargetLabel.Length == 0)
        {
            faults.Add($"{path}: relabel configuration for {Action} action requires 'target_label' value");
        }
        if (Action is "labeldrop" or "labelkeep"
            && (SourceLabels.Count > 0 || TargetLabel.Length > 0 || Modulus > 0 || Separator != ";" || Replacement != FirstGroup))
        {
            faults.Add($"{path}: {Action} action requires only 'regex', and no other fields");
        }
        if (Action is "keepequal" or "dropequal" && (Regex != AnyText || Modulus > 0 || Separator != ";" || Replacement != FirstGroup))
        {
            faults.Add($"{path}: {Action} action requires only 'source_labels' and 'target_label', and no other fields");
        }
        try
        {
            _ = new Regex($"^(?s:{Regex.Replace("(?P<", "(?<", StringComparison.Ordinal)})$", RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            faults.Add($"{path}: regex \"{Regex}\": {e.Message}");
        }
    }
}
