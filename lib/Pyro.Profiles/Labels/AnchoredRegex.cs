using System.Text;
using Pyro.Profiles.Labels.Expressions;

namespace Pyro.Profiles.Labels;

/// <summary>
/// An RE2 expression that must match the whole text; the usual lists of names, <c>a|b|c</c>, are looked up in a set. Anybody may ask
/// with any expression, and only whether a text matches is asked; so an automaton of our own answers, exactly as RE2 does, where the
/// platform's engine takes a quarter of a second to compile <c>\pL+</c>.
/// </summary>
internal sealed class AnchoredRegex
{
    private const int MostLiterals = 100;
    private const int LongestLiteral = 1000;

    private readonly Automaton? _automaton;
    private readonly HashSet<string>? _literals;

    /// <summary>Compiles an expression.</summary>
    /// <exception cref="SelectorException">The expression is no RE2.</exception>
    public AnchoredRegex(string expression)
    {
        var syntax = new ExpressionParser(expression).Parse();
        Literals = Texts(syntax);
        _literals = Literals?.ToHashSet(StringComparer.Ordinal);
        _automaton = Literals is null ? new Automaton(new StepProgram(syntax)) : null;
    }

    /// <summary>The texts that match, when they are a few literals.</summary>
    public IReadOnlyList<string>? Literals { get; }

    /// <summary>Whether the whole text matches.</summary>
    public bool IsMatch(string text) => _literals?.Contains(text) ?? _automaton!.IsMatch(text);

    // The texts that an expression can match, or null when they are more than a few.
    private static List<string>? Texts(Syntax syntax)
    {
        switch (syntax)
        {
            case Syntax.One { Set.Ranges: [var (first, last)] } when first == last && Rune.IsValid(first):
                return [new Rune(first).ToString()];
            case Syntax.Group group:
                return Texts(group.Part);
            case Syntax.Sequence sequence when sequence.Parts.Count <= LongestLiteral:
                List<string> all = [""];
                foreach (var part in sequence.Parts)
                {
                    if (Texts(part) is not { } tails || tails.Count * all.Count > MostLiterals)
                    {
                        return null;
                    }

                    all = tails is [var tail] ? all.ConvertAll(head => head + tail)
                        : [.. all.SelectMany(head => tails.Select(t => head + t)).Distinct(StringComparer.Ordinal)];
                }

                return all;
            case Syntax.Choice choice:
                var some = new List<string>();
                foreach (var part in choice.Parts)
                {
                    if (Texts(part) is not { } texts || some.Count + texts.Count > MostLiterals)
                    {
                        return null;
                    }

                    some.AddRange(texts.Except(some, StringComparer.Ordinal));
                }

                return some;
            case Syntax.Repeat { Least: 0, Most: 1 } optional when Texts(optional.Part) is { } present:
                return [.. present.Append("").Distinct(StringComparer.Ordinal)];
            default:
                return null;
        }
    }
}
