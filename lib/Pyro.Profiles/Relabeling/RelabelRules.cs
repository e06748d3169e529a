using Pyro.Profiles.Labels;

namespace Pyro.Profiles.Relabeling;

/// <summary>Where the built-in rules stand among a tenant's own.</summary>
public enum DefaultRulesPosition
{
    /// <summary>Before them.</summary>
    First,

    /// <summary>After them.</summary>
    Last,

    /// <summary>Nowhere.</summary>
    Disabled,
}

/// <summary>A tenant's relabelling rules in the order in which they run. Thread-safe.</summary>
public sealed class RelabelRules
{
    private static readonly RelabelRule[] BuiltIn =
    [
        new(new RelabelConfig { SourceLabels = [LabelNames.Name], Regex = "godeltaprof_(.*)", TargetLabel = LabelNames.ReplacedName, Replacement = "$0" }),
        new(new RelabelConfig { SourceLabels = [LabelNames.ReplacedName], Regex = "godeltaprof_(.*)", TargetLabel = LabelNames.Delta, Replacement = "false" }),
        new(new RelabelConfig { SourceLabels = [LabelNames.Name], Regex = "godeltaprof_(.*)", TargetLabel = LabelNames.Name, Replacement = "$1" }),
        new(new RelabelConfig { SourceLabels = [LabelNames.Name, LabelNames.Type], Separator = "/", Regex = "wall/cpu", TargetLabel = LabelNames.ReplacedName, Replacement = "wall" }),
        new(new RelabelConfig { SourceLabels = [LabelNames.Name, LabelNames.Type], Separator = "/", Regex = "wall/cpu", TargetLabel = LabelNames.Name, Replacement = "process_cpu" }),
    ];

    private readonly RelabelRule[] _rules;

    /// <summary>Takes a tenant's rules; see <see cref="Default"/> for the built-in ones.</summary>
    public RelabelRules(IReadOnlyList<RelabelRule> rules, DefaultRulesPosition builtIn) => _rules = builtIn switch
    {
        DefaultRulesPosition.First => [.. BuiltIn, .. rules],
        DefaultRulesPosition.Last => [.. rules, .. BuiltIn],
        _ => [.. rules],
    };

    /// <summary>The built-in rules alone: delta profiles of Go lose their prefix, CPU samples of a wall-clock profile are process_cpu.</summary>
    public static RelabelRules Default { get; } = new([], DefaultRulesPosition.First);

    /// <summary>No rules.</summary>
    public static RelabelRules None { get; } = new([], DefaultRulesPosition.Disabled);

    /// <summary>How many rules there are.</summary>
    public int Count => _rules.Length;

    /// <summary>Drops labels without a value, sorts the rest by name and applies the rules in place; false: the series is dropped.</summary>
    public bool Apply(List<Label> labels)
    {
        labels.RemoveAll(label => label.Value.Length == 0);
        LabelText.Sort(labels);
        foreach (RelabelRule rule in _rules)
        {
            if (!rule.Apply(labels))
            {
                return false;
            }
        }

        return true;
    }
}
