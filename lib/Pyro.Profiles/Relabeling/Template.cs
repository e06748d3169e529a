using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pyro.Profiles.Relabeling;

/// <summary>Replacement templates of Go's regexp: <c>$name</c>, <c>${name}</c>, <c>$1</c>, <c>$$</c>; the longest name counts and an unknown one is empty.</summary>
internal static class Template
{
    /// <summary>Fills a template from a match.</summary>
    public static string Expand(string template, Match match, IReadOnlyDictionary<string, int> names)
    {
        if (!template.Contains('$'))
        {
            return template;
        }

        var text = new StringBuilder(template.Length + match.Length);
        for (int at = 0; at < template.Length;)
        {
            int dollar = template.IndexOf('$', at);
            if (dollar < 0)
            {
                text.Append(template, at, template.Length - at);
                break;
            }

            text.Append(template, at, dollar - at);
            at = dollar + 1;
            if (at < template.Length && template[at] == '$')
            {
                text.Append('$');
                at++;
            }
            else if (Name(template, ref at) is { } name)
            {
                text.Append(Group(match, names, name));
            }
            else
            {
                text.Append('$');
            }
        }

        return text.ToString();
    }

    private static string? Name(string template, ref int at)
    {
        bool braces = at < template.Length && template[at] == '{';
        int from = braces ? at + 1 : at, to = from;
        while (to < template.Length && (char.IsLetterOrDigit(template[to]) || template[to] == '_'))
        {
            to++;
        }

        if (to == from || (braces && (to == template.Length || template[to] != '}')))
        {
            return null;
        }

        at = braces ? to + 1 : to;
        return template[from..to];
    }

    private static string Group(Match match, IReadOnlyDictionary<string, int> names, string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || names.TryGetValue(name, out number)
            ? match.Groups[number].Value
            : "";
}
