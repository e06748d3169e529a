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
    private readonly AnchoredRegex? _regex;

    /// <summary>Compiles a matcher.</summary>
    /// <exception cref="SelectorException">The regular expression is bad.</exception>
    public LabelMatcher(MatchOp op, string name, string value)
    {
        Op = op;
        Name = name;
        Value = value;
        _regex = op is MatchOp.Regex or MatchOp.NotRegex ? new AnchoredRegex(value) : null;
        MatchesEmpty = Matches("");
    }

    /// <summary>How it compares.</summary>
    public MatchOp Op { get; }

    /// <summary>The label's name.</summary>
    public string Name { get; }

    /// <summary>The text or expression compared with.</summary>
    public string Value { get; }

    /// <summary>Whether a series that lacks the label is selected.</summary>
    public bool MatchesEmpty { get; }

    /// <summary>
    /// The values that <c>=</c> or <c>=~</c> selects, when the condition is nothing but a few literal texts; else null. Each value
    /// can be looked up where trying all values of a label would be slow.
    /// </summary>
    public IReadOnlyList<string>? SetMatches => Op switch
    {
        MatchOp.Equal => [Value],
        MatchOp.Regex => _regex!.Literals,
        _ => null,
    };

    /// <summary>Whether a value satisfies the condition.</summary>
    public bool Matches(string value) => Op switch
    {
        MatchOp.Equal => value == Value,
        MatchOp.NotEqual => value != Value,
        MatchOp.Regex => _regex!.IsMatch(value),
        _ => !_regex!.IsMatch(value),
    };

    /// <summary>The matcher as a selector writes it.</summary>
    public override string ToString() => Name + Op switch
    {
        MatchOp.Equal => "=",
        MatchOp.NotEqual => "!=",
        MatchOp.Regex => "=~",
        _ => "!~",
    } + GoQuote.Text(Value);
}
