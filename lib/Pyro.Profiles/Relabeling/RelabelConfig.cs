namespace Pyro.Profiles.Relabeling;

/// <summary>What a relabelling rule does.</summary>
public enum RelabelAction
{
    /// <summary>Sets the target label to the replacement when the expression matches the source.</summary>
    Replace,

    /// <summary>Drops the series unless the expression matches the source.</summary>
    Keep,

    /// <summary>Drops the series when the expression matches the source.</summary>
    Drop,

    /// <summary>Drops the series unless source and target label are equal.</summary>
    KeepEqual,

    /// <summary>Drops the series when source and target label are equal.</summary>
    DropEqual,

    /// <summary>Sets the target label to a hash of the source modulo the modulus.</summary>
    HashMod,

    /// <summary>Copies labels whose names match to the names that the replacement gives.</summary>
    LabelMap,

    /// <summary>Removes labels whose names match.</summary>
    LabelDrop,

    /// <summary>Removes labels whose names do not match.</summary>
    LabelKeep,

    /// <summary>Sets the target label to the source in lower case.</summary>
    Lowercase,

    /// <summary>Sets the target label to the source in upper case.</summary>
    Uppercase,
}

/// <summary>One relabelling rule as it is written, with Prometheus' defaults (its relabel_config).</summary>
public sealed record RelabelConfig
{
    /// <summary>Labels whose values, joined by the separator, are the source.</summary>
    public IReadOnlyList<string> SourceLabels { get; init; } = [];

    /// <summary>Stands between the values of the source labels.</summary>
    public string Separator { get; init; } = ";";

    /// <summary>RE2 expression that must match all of the source, or of a name.</summary>
    public string Regex { get; init; } = DefaultRegex;

    /// <summary>Modulus of the hash.</summary>
    public ulong Modulus { get; init; }

    /// <summary>The label that is set.</summary>
    public string TargetLabel { get; init; } = "";

    /// <summary>Template with <c>$1</c>, <c>${name}</c>.</summary>
    public string Replacement { get; init; } = DefaultReplacement;

    /// <summary>What is done.</summary>
    public RelabelAction Action { get; init; } = RelabelAction.Replace;

    /// <summary>Matches anything.</summary>
    public const string DefaultRegex = "(.*)";

    /// <summary>The first group.</summary>
    public const string DefaultReplacement = "$1";

    /// <summary>The action with a name as configurations write it, in any case.</summary>
    public static RelabelAction? ParseAction(string name) =>
        Enum.TryParse(name, ignoreCase: true, out RelabelAction action) && Enum.IsDefined(action) && !char.IsAsciiDigit(name[0]) ? action : null;
}

/// <summary>A relabelling rule that makes no sense.</summary>
public sealed class RelabelConfigException(string message) : Exception(message);
