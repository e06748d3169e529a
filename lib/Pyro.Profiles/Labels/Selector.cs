namespace Pyro.Profiles.Labels;

/// <summary>How a matcher compares.</summary>
public enum MatchOp
{
    /// <summary><c>=</c></summary>
    Equal,

    /// <summary><c>!=</c></summary>
    NotEqual,

    /// <summary><c>=~</c>, RE2 syntax, anchored at both ends, <c>.</c> matches a newline.</summary>
    Regex,

    /// <summary><c>!~</c></summary>
    NotRegex,
}

/// <summary>One condition on one label; a label that a series lacks counts as empty text.</summary>
public sealed class LabelMatcher
{
    /// <summary>Compiles a matcher.</summary>
    /// <exception cref="SelectorException">The regular expression is bad.</exception>
    public LabelMatcher(MatchOp op, string name, string value)
    {
        Op = op;
        Name = name;
        Value = value;
    }

    /// <summary>How it compares.</summary>
    public MatchOp Op { get; }

    /// <summary>The label's name.</summary>
    public string Name { get; }

    /// <summary>The text or expression compared with.</summary>
    public string Value { get; }

    /// <summary>Whether a series that lacks the label is selected.</summary>
    public bool MatchesEmpty => Matches("");

    /// <summary>Whether a value satisfies the condition.</summary>
    public bool Matches(string value) => throw new NotImplementedException();
}

/// <summary>The text of a selector cannot be understood; the message is Prometheus' own where that is demanded.</summary>
public sealed class SelectorException(string message) : Exception(message);

/// <summary>Parses the Prometheus instant-vector selector grammar: <c>{a="b", c!="d", e=~"re", f!~"re"}</c>.</summary>
public static class Selector
{
    /// <summary>The matchers of a selector; a metric name becomes a <c>__name__</c> matcher; <c>{}</c> gives none.</summary>
    /// <exception cref="SelectorException">The text is no selector.</exception>
    public static LabelMatcher[] Parse(string text) => throw new NotImplementedException();
}

/// <summary>A profile type id, <c>name:type:unit:period type:period unit</c>; a sixth part is tolerated.</summary>
public sealed record ProfileType(string Id, string Name, string SampleType, string SampleUnit, string PeriodType, string PeriodUnit)
{
    /// <summary>The value of <c>__profile_type__</c> that stored series of this type have: the first five parts.</summary>
    public string Stored => $"{Name}:{SampleType}:{SampleUnit}:{PeriodType}:{PeriodUnit}";

    /// <summary>Parses an id.</summary>
    /// <exception cref="SelectorException">Not five or six parts.</exception>
    public static ProfileType Parse(string id) => throw new NotImplementedException();
}
