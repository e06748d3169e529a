using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pyro.Profiles.Labels;

/// <summary>
/// RE2's syntax on .NET's linear-time engine: what the two write differently is translated, what RE2 refuses is refused. As
/// Prometheus compiles it: anchored at both ends, and <c>.</c> matches a newline.
/// </summary>
internal static class Re2
{
    private const int RepeatMax = 1000;

    private static readonly Dictionary<string, string> PosixClasses = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z", ["alpha"] = "A-Za-z", ["ascii"] = @"\x00-\x7F", ["blank"] = @"\t ", ["cntrl"] = @"\x00-\x1F\x7F",
        ["digit"] = "0-9", ["graph"] = "!-~", ["lower"] = "a-z", ["print"] = " -~", ["punct"] = @"!-/:-@\[-`{-~",
        ["space"] = @"\t\n\v\f\r ", ["upper"] = "A-Z", ["word"] = "0-9A-Za-z_", ["xdigit"] = "0-9A-Fa-f",
    };

    /// <summary>Compiles an expression.</summary>
    /// <exception cref="SelectorException">RE2 would refuse it, or the engine does.</exception>
    public static Regex Compile(string expression)
    {
        try
        {
            return new Regex($@"\A(?s:{Translate(expression)})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw Bad($"invalid expression: `{expression}`");
        }
    }

    private static SelectorException Bad(string why) => new("error parsing regexp: " + why);

    private static string Translate(string text)
    {
        var output = new StringBuilder(text.Length + 8);
        var i = 0;
        while (i < text.Length)
        {
            switch (text[i])
            {
                case '\\':
                    i = Escape(text, i, output, inClass: false);
                    break;
                case '[':
                    i = Class(text, i, output);
                    break;
                case '(' when i + 1 < text.Length && text[i + 1] == '?':
                    i = Group(text, i, output);
                    break;
                case '*' or '+' or '?':
                    i = Repeat(text, i, i + 1, output);
                    break;
                case '{' when RepeatEnd(text, i) is var end and > 0:
                    CheckCounts(text[(i + 1)..(end - 1)]);
                    i = Repeat(text, i, end, output);
                    break;
                case '{':
                    output.Append(@"\{");
                    i++;
                    break;
                case '$':
                    // RE2's $ is the end of the text; .NET's also stands before a last newline.
                    output.Append(@"\z");
                    i++;
                    break;
                default:
                    output.Append(text[i] is ' ' or '#' ? "\\" : "").Append(text[i]);
                    i++;
                    break;
            }
        }
        return output.ToString();
    }

    /// <summary>A repetition and the <c>?</c> that makes it lazy; another one upon it is an error.</summary>
    private static int Repeat(string text, int start, int end, StringBuilder output)
    {
        if (start == 0 || text[start - 1] is '|' || (text[start - 1] == '(' && !Escaped(text, start - 1)))
            throw Bad($"missing argument to repetition operator: `{text[start..end]}`");
        if (end < text.Length && text[end] == '?')
            end++;
        if (end < text.Length && (text[end] is '*' or '+' or '?' || RepeatEnd(text, end) > 0))
            throw Bad($"invalid nested repetition operator: `{text[start..(end + 1)]}`");
        output.Append(text, start, end - start);
        return end;
    }

    private static bool Escaped(string text, int at)
    {
        var slashes = 0;
        while (at - slashes > 0 && text[at - slashes - 1] == '\\')
            slashes++;
        return slashes % 2 == 1;
    }

    /// <summary>Where <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c> ends, or 0: then the brace is a letter.</summary>
    private static int RepeatEnd(string text, int start)
    {
        if (text[start] != '{')
            return 0;
        var i = start + 1;
        while (i < text.Length && char.IsAsciiDigit(text[i]))
            i++;
        if (i == start + 1)
            return 0;
        if (i < text.Length && text[i] == ',')
        {
            i++;
            while (i < text.Length && char.IsAsciiDigit(text[i]))
                i++;
        }
        return i < text.Length && text[i] == '}' ? i + 1 : 0;
    }

    private static void CheckCounts(string counts)
    {
        var parts = counts.Split(',');
        var low = Count(parts[0]);
        var high = parts.Length > 1 && parts[1].Length > 0 ? Count(parts[1]) : low;
        if (low > RepeatMax || high > RepeatMax || high < low)
            throw Bad($"invalid repeat count: `{{{counts}}}`");
    }

    private static int Count(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : int.MaxValue;

    private static int Group(string text, int start, StringBuilder output)
    {
        var i = start + 2;
        if (text.AsSpan(i).StartsWith("P<") || (text.AsSpan(i).StartsWith("<") && !text.AsSpan(i).StartsWith("<=") && !text.AsSpan(i).StartsWith("<!")))
        {
            var close = text.IndexOf('>', i);
            var name = close < 0 ? "" : text[(text.IndexOf('<', i) + 1)..close];
            if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
                throw Bad($"invalid named capture: `{text[start..]}`");
            output.Append('(');
            return close + 1;
        }
        var flags = new StringBuilder();
        for (; i < text.Length && text[i] is 'i' or 'm' or 's' or 'U' or '-'; i++)
        {
            // Ungreedy changes what is captured, never what matches.
            if (text[i] != 'U')
                flags.Append(text[i]);
        }
        if (i >= text.Length || text[i] is not (':' or ')') || flags.ToString().EndsWith('-'))
            throw Bad($"invalid or unsupported Perl syntax: `{text[start..Math.Min(text.Length, i + 1)]}`");
        output.Append("(?").Append(flags).Append(text[i]);
        if (flags.Length == 0 && text[i] == ')')
            output.Length -= 3;
        return i + 1;
    }

    private static int Class(string text, int start, StringBuilder output)
    {
        output.Append('[');
        var i = start + 1;
        if (i < text.Length && text[i] == '^')
        {
            output.Append('^');
            i++;
        }
        for (var first = true; i < text.Length && (text[i] != ']' || first); first = false)
        {
            if (text.AsSpan(i).StartsWith("[:") && text.IndexOf(":]", i, StringComparison.Ordinal) is var end and > 0)
            {
                var name = text[(i + 2)..end];
                if (!PosixClasses.TryGetValue(name.TrimStart('^'), out var members) || name.StartsWith('^'))
                    throw Bad($"invalid character class range: `[:{name}:]`");
                output.Append(members);
                i = end + 2;
            }
            else if (text[i] == '\\')
            {
                i = Escape(text, i, output, inClass: true);
            }
            else
            {
                // .NET reads -[ as the beginning of a subtraction.
                if (text[i] is '[' or ']')
                    output.Append('\\');
                output.Append(text[i++]);
            }
        }
        if (i >= text.Length)
            throw Bad($"missing closing ]: `{text[start..]}`");
        output.Append(']');
        return i + 1;
    }

    private static int Escape(string text, int start, StringBuilder output, bool inClass)
    {
        if (start + 1 >= text.Length)
            throw Bad("trailing backslash at end of expression: ``");
        var c = text[start + 1];
        switch (c)
        {
            case 'Q' when !inClass:
                var end = text.IndexOf(@"\E", start + 2, StringComparison.Ordinal);
                output.Append(Regex.Escape(end < 0 ? text[(start + 2)..] : text[(start + 2)..end]));
                return end < 0 ? text.Length : end + 2;
            case 'A' or 'z' or 'b' or 'B' when !inClass:
                output.Append('\\').Append(c);
                return start + 2;
            case 'd' or 'w' or 's':
                // RE2's classes are ASCII; .NET's are not.
                var ascii = PosixClasses[c == 'd' ? "digit" : c == 'w' ? "word" : "space"].Replace(@"\v", "", StringComparison.Ordinal);
                output.Append(inClass ? ascii : $"[{ascii}]");
                return start + 2;
            case 'D' or 'W' or 'S' when !inClass:
                var not = PosixClasses[c == 'D' ? "digit" : c == 'W' ? "word" : "space"].Replace(@"\v", "", StringComparison.Ordinal);
                output.Append($"[^{not}]");
                return start + 2;
            case 'p' or 'P':
                return UnicodeClass(text, start, output);
            case 'x' when start + 2 < text.Length && text[start + 2] == '{':
                return HexInBraces(text, start, output);
            case 'a' or 'f' or 'n' or 'r' or 't' or 'v' or 'x' or 'D' or 'W' or 'S':
                output.Append('\\').Append(c);
                return start + 2;
            case >= '0' and <= '7':
                return Octal(text, start, output);
            default:
                if (c < 128 && !char.IsAsciiLetterOrDigit(c))
                {
                    output.Append(Regex.Escape(c.ToString())).Replace("]", @"\]", output.Length - 1, 1);
                    return start + 2;
                }
                throw Bad($@"invalid escape sequence: `\{c}`");
        }
    }

    private static int UnicodeClass(string text, int start, StringBuilder output)
    {
        var i = start + 2;
        var end = i < text.Length && text[i] == '{' ? text.IndexOf('}', i) : i;
        if (end < 0 || end >= text.Length)
            throw Bad($"invalid character class range: `{text[start..]}`");
        var name = text[i] == '{' ? text[(i + 1)..end] : text[i..(i + 1)];
        var negated = text[start + 1] == 'P' ^ name.StartsWith('^');
        output.Append(negated ? @"\P{" : @"\p{").Append(Script(name.TrimStart('^'))).Append('}');
        return end + 1;
    }

    /// <summary>.NET knows general categories and blocks; the scripts people use are named as blocks there.</summary>
    private static string Script(string name) => name switch
    {
        "Greek" => "IsGreek",
        "Cyrillic" => "IsCyrillic",
        "Hebrew" => "IsHebrew",
        "Arabic" => "IsArabic",
        "Han" => "IsCJKUnifiedIdeographs",
        "Hiragana" => "IsHiragana",
        "Katakana" => "IsKatakana",
        _ => name,
    };

    private static int HexInBraces(string text, int start, StringBuilder output)
    {
        var end = text.IndexOf('}', start);
        if (end < 0 || !int.TryParse(text.AsSpan(start + 3, end - start - 3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rune) || rune is < 0 or > 0x10FFFF or (>= 0xD800 and <= 0xDFFF))
            throw Bad($"invalid escape sequence: `{text[start..]}`");
        output.Append(Regex.Escape(char.ConvertFromUtf32(rune)));
        return end + 1;
    }

    private static int Octal(string text, int start, StringBuilder output)
    {
        var i = start + 1;
        var value = 0;
        // A digit alone would be a back reference, which RE2 has not.
        if (text[i] != '0' && (i + 1 >= text.Length || text[i + 1] is < '0' or > '7'))
            throw Bad($@"invalid escape sequence: `\{text[i]}`");
        for (var digits = 0; digits < 3 && i < text.Length && text[i] is >= '0' and <= '7'; digits++)
            value = value * 8 + (text[i++] - '0');
        output.Append(Regex.Escape(((char)value).ToString()));
        return i;
    }
}
