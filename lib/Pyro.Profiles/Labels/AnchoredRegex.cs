using System.Text.RegularExpressions;

namespace Pyro.Profiles.Labels;

/// <summary>An RE2 expression that must match the whole text, where <c>.</c> matches a newline too.</summary>
/// <exception cref="SelectorException">The expression is no RE2.</exception>
internal sealed class AnchoredRegex(string expression)
{
    private readonly Regex _regex = Re2.Compile(expression);

    /// <summary>The texts that match, when they are a few literals.</summary>
    public IReadOnlyList<string>? Literals { get; }

    /// <summary>Whether the whole text matches.</summary>
    public bool IsMatch(string text) => _regex.IsMatch(text);
}
