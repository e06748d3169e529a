using System.Text;
using System.Text.RegularExpressions;
using Pyro.Profiles.Labels.Expressions;

namespace Pyro.Profiles.Labels;

/// <summary>
/// RE2 on .NET's linear-time engine, for rules of operators that need what groups captured. The expression is taken apart by RE2's rules and written anew: classes as ranges, characters
/// beyond the basic plane as pairs of surrogates. One difference stays: <c>\b</c> takes letters of all scripts for parts of a word.
/// As Prometheus compiles it: anchored at both ends, and <c>.</c> matches a newline.
/// </summary>
internal static class Re2
{
    // RE2 gives up on what is too large; so much text of ranges is.
    private const int MostCharacters = 4 << 20;
    private const string LowSurrogates = @"[\uDC00-\uDFFF]";

    /// <summary>Compiles an expression; groups count as in RE2.</summary>
    /// <exception cref="SelectorException">RE2 would refuse it, or the engine does.</exception>
    public static Regex Compile(string expression)
    {
        var pattern = new StringBuilder(@"\A(?:");
        Write(new ExpressionParser(expression).Parse(), pattern);
        try
        {
            return new Regex(pattern.Append(@")\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new SelectorException($"error parsing regexp: {e.Message}");
        }
    }

    private static void Write(Syntax syntax, StringBuilder pattern)
    {
        if (pattern.Length > MostCharacters)
        {
            throw new SelectorException("error parsing regexp: expression too large");
        }

        switch (syntax)
        {
            case Syntax.One one:
                Write(one.Set, pattern);
                break;
            case Syntax.At at:
                pattern.Append(at.Place switch
                {
                    Place.TextStart => @"\A",
                    Place.TextEnd => @"\z",
                    Place.LineStart => "(?m:^)",
                    Place.LineEnd => "(?m:$)",
                    Place.WordEdge => @"\b",
                    _ => @"\B",
                });
                break;
            case Syntax.Sequence sequence:
                foreach (var part in sequence.Parts)
                {
                    Write(part, pattern);
                }

                break;
            case Syntax.Choice choice:
                for (var i = 0; i < choice.Parts.Count; i++)
                {
                    pattern.Append(i == 0 ? "(?:" : "|");
                    Write(choice.Parts[i], pattern);
                }

                pattern.Append(')');
                break;
            case Syntax.Group group:
                pattern.Append('(');
                Write(group.Part, pattern);
                pattern.Append(')');
                break;
            case Syntax.Repeat repeat:
                pattern.Append("(?:");
                Write(repeat.Part, pattern);
                pattern.Append(repeat.Most < 0 ? $"){{{repeat.Least},}}" : $"){{{repeat.Least},{repeat.Most}}}");
                pattern.Append(repeat.Lazy ? "?" : "");
                break;
            default:
                throw new InvalidOperationException(syntax.GetType().Name);
        }
    }

    private static void Write(CodePointSet set, StringBuilder pattern)
    {
        if (set.Ranges is [var (first, last)] && first == last && first <= char.MaxValue)
        {
            Unit(first, pattern);
            return;
        }

        // A class for the basic plane, then surrogate pairs; an empty class matches nothing.
        pattern.Append("(?:[");
        var start = pattern.Length;
        foreach (var (low, high) in set.Ranges)
        {
            Units(low, Math.Min(high, 0xD7FF), pattern);
            Units(Math.Max(low, 0xE000), Math.Min(high, char.MaxValue), pattern);
        }

        pattern.Append(pattern.Length == start ? @"^\s\S]" : "]");
        foreach (var (low, high) in set.Ranges)
        {
            if (high > char.MaxValue)
            {
                Pairs(Math.Max(low, char.MaxValue + 1), high, pattern);
            }
        }

        pattern.Append(')');
    }

    // Pairs from one code point to another: the rest of the first high surrogate, whole ones, the beginning of the last.
    private static void Pairs(int first, int last, StringBuilder pattern)
    {
        const int Block = 0x400;
        while (first <= last)
        {
            var high = 0xD800 + ((first - 0x10000) / Block);
            var low = 0xDC00 + ((first - 0x10000) % Block);
            var whole = low == 0xDC00 ? (last + 1 - first) / Block : 0;
            pattern.Append('|');
            if (whole > 0)
            {
                pattern.Append('[');
                Units(high, high + whole - 1, pattern);
                pattern.Append(']').Append(LowSurrogates);
                first += whole * Block;
                continue;
            }

            var end = Math.Min(last, first + 0xDFFF - low);
            Unit(high, pattern);
            pattern.Append('[');
            Units(low, low + end - first, pattern);
            pattern.Append(']');
            first = end + 1;
        }
    }

    private static void Units(int first, int last, StringBuilder pattern)
    {
        if (first > last)
        {
            return;
        }

        Unit(first, pattern);
        if (first < last)
        {
            pattern.Append('-');
            Unit(last, pattern);
        }
    }

    private static void Unit(int unit, StringBuilder pattern) => pattern.Append($@"\u{unit:X4}");
}
