using System.Text.RegularExpressions;

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
    private readonly Regex? _regex;

    /// <summary>Compiles a matcher.</summary>
    /// <exception cref="SelectorException">The regular expression is bad.</exception>
    public LabelMatcher(MatchOp op, string name, string value)
    {
        Op = op;
        Name = name;
        Value = value;
        if (op is MatchOp.Regex or MatchOp.NotRegex)
            _regex = Re2.Compile(value);
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
    public bool Matches(string value) => Op switch
    {
        MatchOp.Equal => value == Value,
        MatchOp.NotEqual => value != Value,
        MatchOp.Regex => _regex!.IsMatch(value),
        _ => !_regex!.IsMatch(value),
    };
}
