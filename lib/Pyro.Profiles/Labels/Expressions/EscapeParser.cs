using System.Globalization;
using System.Text;

namespace Pyro.Profiles.Labels.Expressions;

/// <summary>Reads what stands behind a backslash, and classes in brackets. Messages are those of Go's regexp package.</summary>
internal static class EscapeParser
{
    /// <summary>A refusal of an expression.</summary>
    public static SelectorException Error(string problem, string piece) => new($"error parsing regexp: {problem}: `{piece}`");

    /// <summary>The code point at a place.</summary>
    public static int CodePointAt(string text, int at) =>
        Rune.TryGetRuneAt(text, at, out var rune) ? rune.Value : Rune.ReplacementChar.Value;

    /// <summary>How many characters a code point takes.</summary>
    public static int Length(int codePoint) => codePoint > char.MaxValue ? 2 : 1;

    /// <summary>A class such as <c>\d</c> or <c>\p{Greek}</c> at a place; moves past it, or gives null and stays.</summary>
    public static CodePointSet? Class(string text, ref int at, bool fold)
    {
        if (at + 1 >= text.Length || text[at] != '\\')
        {
            return null;
        }

        var kind = text[at + 1];
        var (set, negated) = kind switch
        {
            'd' or 'D' => (UnicodeClasses.Digit, kind == 'D'),
            's' or 'S' => (UnicodeClasses.Space, kind == 'S'),
            'w' or 'W' => (UnicodeClasses.Word, kind == 'W'),
            _ => (null, false),
        };
        if (set is not null)
        {
            at += 2;
        }
        else if (kind is 'p' or 'P')
        {
            (set, negated) = Named(text, ref at);
        }
        else
        {
            return null;
        }

        set = fold ? CaseFolding.Fold(set) : set;
        return negated ? set.Complement() : set;
    }

    /// <summary>A single character written with a backslash; moves past it.</summary>
    public static int Character(string text, ref int at)
    {
        var start = at++;
        if (at == text.Length)
        {
            throw Error("trailing backslash at end of expression", "");
        }

        var c = CodePointAt(text, at);
        at += Length(c);
        switch (c)
        {
            case >= '1' and <= '7' when at == text.Length || text[at] is < '0' or > '7':
                break;
            case >= '0' and <= '7':
                return Octal(c - '0', text, ref at);
            case 'x':
                return Hexadecimal(text, start, ref at);
            case 'a':
                return '\a';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'v':
                return '\v';
            case < 0x80 when !char.IsAsciiLetterOrDigit((char)c):
                return c;
        }

        throw Error("invalid escape sequence", text[start..at]);
    }

    /// <summary>A class in brackets; moves past it.</summary>
    public static CodePointSet Brackets(string text, ref int at, bool fold)
    {
        var start = at++;
        var negated = at < text.Length && text[at] == '^';
        at += negated ? 1 : 0;
        var set = new CodePointSet();
        for (var first = true; first || at >= text.Length || text[at] != ']'; first = false)
        {
            if (at >= text.Length)
            {
                throw Error("missing closing ]", text[start..]);
            }

            if (Posix(text, ref at, fold) is { } posix)
            {
                set.Add(posix, negated: false);
            }
            else if (Class(text, ref at, fold) is { } named)
            {
                set.Add(named, negated: false);
            }
            else
            {
                Range(text, start, ref at, set, fold);
            }
        }

        at++;
        return negated ? set.Complement() : set;
    }

    private static void Range(string text, int start, ref int at, CodePointSet set, bool fold)
    {
        var from = at;
        var low = BracketCharacter(text, start, ref at);
        var high = low;
        if (at + 1 < text.Length && text[at] == '-' && text[at + 1] != ']')
        {
            at++;
            high = BracketCharacter(text, start, ref at);
            if (high < low)
            {
                throw Error("invalid character class range", text[from..at]);
            }
        }

        set.Add(fold ? CaseFolding.Fold(CodePointSet.Of((low, high))) : CodePointSet.Of((low, high)), negated: false);
    }

    private static int BracketCharacter(string text, int start, ref int at)
    {
        if (at >= text.Length)
        {
            throw Error("missing closing ]", text[start..]);
        }

        if (text[at] == '\\')
        {
            return Character(text, ref at);
        }

        var c = CodePointAt(text, at);
        at += Length(c);
        return c;
    }

    private static CodePointSet? Posix(string text, ref int at, bool fold)
    {
        if (!text.AsSpan(at).StartsWith("[:"))
        {
            return null;
        }

        var end = text.IndexOf(":]", at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            return null;
        }

        var name = text[(at + 2)..end];
        var negated = name.StartsWith('^');
        var set = UnicodeClasses.PosixClass(negated ? name[1..] : name)
            ?? throw Error("invalid character class range", text[at..(end + 2)]);
        at = end + 2;
        set = fold ? CaseFolding.Fold(set) : set;
        return negated ? set.Complement() : set;
    }

    // \pN, \p{Name}, \p{^Name}, \P…
    private static (CodePointSet Set, bool Negated) Named(string text, ref int at)
    {
        var start = at;
        var negated = text[at + 1] == 'P';
        at += 2;
        if (at >= text.Length)
        {
            throw Error("invalid character class range", text[start..]);
        }

        var end = text[at] == '{' ? text.IndexOf('}', at) : at + Length(CodePointAt(text, at)) - 1;
        if (end < 0)
        {
            throw Error("invalid character class range", text[start..]);
        }

        var name = text[at] == '{' ? text[(at + 1)..end] : text[at..(end + 1)];
        if (name.StartsWith('^'))
        {
            negated = !negated;
            name = name[1..];
        }

        at = end + 1;
        return (UnicodeClasses.Unicode(name) ?? throw Error("invalid character class range", text[start..at]), negated);
    }

    private static int Octal(int value, string text, ref int at)
    {
        for (var digits = 1; digits < 3 && at < text.Length && text[at] is >= '0' and <= '7'; digits++)
        {
            value = (value * 8) + text[at++] - '0';
        }

        return value;
    }

    private static int Hexadecimal(string text, int start, ref int at)
    {
        var inBraces = at < text.Length && text[at] == '{';
        var end = inBraces ? text.IndexOf('}', at) : Math.Min(at + 2, text.Length);
        var digits = end < 0 ? "" : text[(inBraces ? at + 1 : at)..end];
        if (digits.Length == 0 || (!inBraces && digits.Length < 2) || !digits.All(char.IsAsciiHexDigit)
            || !int.TryParse(digits.TrimStart('0').PadLeft(1, '0'), NumberStyles.AllowHexSpecifier, null, out var value) || value is < 0 or > CodePointSet.Last)
        {
            throw Error("invalid escape sequence", text[start..Math.Min(text.Length, Math.Max(end, at))]);
        }

        at = inBraces ? end + 1 : end;
        return value;
    }
}
