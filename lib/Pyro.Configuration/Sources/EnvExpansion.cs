using System.Text;

namespace Pyro.Configuration.Sources;

/// <summary>A <c>${…}</c> that cannot be expanded.</summary>
internal sealed class EnvExpansionException(string message) : Exception(message);

/// <summary>
/// Replaces <c>${…}</c> in a text by environment variables, with the forms of a shell: defaults (<c>:-</c> <c>:=</c> <c>=</c>), length (<c>#v</c>),
/// case (<c>^</c> <c>^^</c> <c>,</c> <c>,,</c>), parts (<c>:pos:len</c>), cutting (<c>#</c> <c>##</c> <c>%</c> <c>%%</c>) and replacing
/// (<c>/</c> <c>//</c> <c>/#</c> <c>/%</c>). Arguments may hold <c>${…}</c> themselves. <c>$v</c> without braces stays.
/// </summary>
internal sealed class EnvExpansion(IReadOnlyDictionary<string, string> environment)
{
    private const int MaxDepth = 16;

    /// <summary>The expanded text.</summary>
    /// <exception cref="EnvExpansionException">A brace is missing or the form is unknown.</exception>
    public string Expand(string text) => Expand(text, 0);

    private string Expand(string text, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new EnvExpansionException($"${{…}} nested deeper than {MaxDepth}");
        }
        StringBuilder result = new();
        int at = 0;
        for (int start; (start = text.IndexOf("${", at, StringComparison.Ordinal)) >= 0;)
        {
            int end = EndOf(text, start);
            result.Append(text, at, start - at).Append(Evaluate(text[(start + 2)..end], depth));
            at = end + 1;
        }
        return result.Append(text, at, text.Length - at).ToString();
    }

    private static int EndOf(string text, int start)
    {
        int open = 0;
        for (int i = start; i < text.Length; i++)
        {
            if (text[i] == '{' && text[i - 1] == '$')
            {
                open++;
            }
            else if (text[i] == '}' && --open == 0)
            {
                return i;
            }
        }
        int line = text.AsSpan(0, start).Count('\n') + 1;
        throw new EnvExpansionException($"line {line}: ${{ without a closing brace");
    }

    private string Evaluate(string expression, int depth)
    {
        bool length = expression.StartsWith('#');
        int name = length ? 1 : 0;
        int end = name;
        while (end < expression.Length && (char.IsAsciiLetterOrDigit(expression[end]) || expression[end] == '_'))
        {
            end++;
        }
        if (end == name)
        {
            throw new EnvExpansionException($"${{{expression}}} names no variable");
        }
        string value = environment.GetValueOrDefault(expression[name..end], "");
        string rest = expression[end..];
        if (length)
        {
            return rest.Length == 0 ? $"{Encoding.UTF8.GetByteCount(value)}" : throw Unsupported(expression);
        }
        return Apply(value, rest, text => Expand(text, depth + 1), expression);
    }

    private static string Apply(string value, string form, Func<string, string> expand, string expression) => form switch
    {
        "" => value,
        "^" => value.Length == 0 ? "" : char.ToUpperInvariant(value[0]) + value[1..],
        "^^" => value.ToUpperInvariant(),
        "," => value.Length == 0 ? "" : char.ToLowerInvariant(value[0]) + value[1..],
        ",," => value.ToLowerInvariant(),
        [':', '-' or '=', .. var other] => value.Length == 0 ? expand(other) : value,
        ['=', .. var other] => value.Length == 0 ? expand(other) : value,
        [':', '?' or '+', ..] => throw Unsupported(expression),
        [':', .. var range] => Part(value, expand(range), expression),
        ['#', '#', .. var glob] => value[Glob.PrefixLength(value, expand(glob), longest: true)..],
        ['#', .. var glob] => value[Glob.PrefixLength(value, expand(glob), longest: false)..],
        ['%', '%', .. var glob] => value[..^Glob.SuffixLength(value, expand(glob), longest: true)],
        ['%', .. var glob] => value[..^Glob.SuffixLength(value, expand(glob), longest: false)],
        ['/', .. var replacement] => Replace(value, replacement, expand),
        _ => throw Unsupported(expression),
    };

    private static string Part(string value, string range, string expression)
    {
        string[] parts = range.Split(':');
        int length = value.Length;
        if (parts.Length > 2 || !int.TryParse(parts[0], out int start) || (parts.Length == 2 && !int.TryParse(parts[1], out length)))
        {
            throw Unsupported(expression);
        }
        start = Math.Clamp(start < 0 ? value.Length + start : start, 0, value.Length);
        int end = length < 0 ? value.Length + length : (int)Math.Min(value.Length, (long)start + length);
        return end <= start ? "" : value[start..end];
    }

    private static string Replace(string value, string form, Func<string, string> expand)
    {
        char mode = form.Length > 0 && form[0] is '/' or '#' or '%' ? form[0] : ' ';
        string[] parts = form[(mode == ' ' ? 0 : 1)..].Split('/', 2);
        string old = expand(parts[0]), replacement = parts.Length == 2 ? expand(parts[1]) : "";
        int at = value.IndexOf(old, StringComparison.Ordinal);
        return (mode, at) switch
        {
            _ when old.Length == 0 => value,
            ('/', _) => value.Replace(old, replacement, StringComparison.Ordinal),
            ('#', _) => value.StartsWith(old, StringComparison.Ordinal) ? replacement + value[old.Length..] : value,
            ('%', _) => value.EndsWith(old, StringComparison.Ordinal) ? value[..^old.Length] + replacement : value,
            (_, < 0) => value,
            _ => value[..at] + replacement + value[(at + old.Length)..],
        };
    }

    private static EnvExpansionException Unsupported(string expression) => new($"${{{expression}}} is not a form that is supported");
}
