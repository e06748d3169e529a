using System.Text;
using System.Text.RegularExpressions;

namespace Pyro.Profiles.Relabeling;

/// <summary>
/// An RE2 expression as Prometheus compiles it: anchored at both ends, the dot matches a newline, linear time. Groups are counted
/// from the left, named or not, as Go counts them; .NET would count named ones last.
/// </summary>
internal sealed class GoRegex
{
    private readonly Regex _regex;
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);

    /// <summary>Compiles an expression.</summary>
    /// <exception cref="ArgumentException">It is malformed.</exception>
    /// <exception cref="NotSupportedException">It needs more than linear time.</exception>
    public GoRegex(string pattern) => _regex = new Regex(
        @"\A(?:" + Translate(pattern) + @")\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);

    /// <summary>Whether all of a text matches.</summary>
    public bool IsMatch(string text) => _regex.IsMatch(text);

    /// <summary>The match of all of a text, or null.</summary>
    public Match? Match(string text) => _regex.Match(text) is { Success: true } match ? match : null;

    /// <summary>Text of the group with a name, empty when there is none.</summary>
    public string Group(Match match, string name) => _names.TryGetValue(name, out int number) ? match.Groups[number].Value : "";

    /// <summary>Takes the names off groups and quotes what stands between \Q and \E.</summary>
    private string Translate(string pattern)
    {
        var text = new StringBuilder(pattern.Length);
        int groups = 0;
        bool inClass = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
            {
                i = pattern[i + 1] == 'Q' ? Quoted(pattern, i + 2, text) : Escaped(pattern, i, text);
                continue;
            }

            text.Append(pattern[i]);
            if (inClass)
            {
                inClass = pattern[i] != ']';
            }
            else if (pattern[i] == '[')
            {
                inClass = true;
                i = ClassStart(pattern, i, text);
            }
            else if (pattern[i] == '(')
            {
                bool plain = i + 1 == pattern.Length || pattern[i + 1] != '?';
                int end = plain ? -1 : NameEnd(pattern, i + 2);
                groups += plain || end > 0 ? 1 : 0;
                if (end > 0)
                {
                    _names[pattern[(pattern.IndexOf('<', i) + 1)..end]] = groups;
                    i = end;
                }
            }
        }

        return text.ToString();
    }

    private static int Escaped(string pattern, int at, StringBuilder text)
    {
        text.Append(pattern, at, 2);
        return at + 1;
    }

    private static int Quoted(string pattern, int from, StringBuilder text)
    {
        int end = pattern.IndexOf(@"\E", from, StringComparison.Ordinal);
        text.Append(Regex.Escape(pattern[from..(end < 0 ? pattern.Length : end)]));
        return end < 0 ? pattern.Length : end + 1;
    }

    /// <summary>A bracket that follows the opening one is a member of the class.</summary>
    private static int ClassStart(string pattern, int at, StringBuilder text)
    {
        int next = at + 1;
        if (next < pattern.Length && pattern[next] == '^')
        {
            text.Append(pattern[next++]);
        }

        if (next < pattern.Length && pattern[next] == ']')
        {
            text.Append(@"\]");
            next++;
        }

        return next - 1;
    }

    /// <summary>Where the name of a group ends (its closing angle bracket), or -1 when the group has none.</summary>
    private static int NameEnd(string pattern, int at)
    {
        if (at < pattern.Length && pattern[at] == 'P')
        {
            at++;
        }

        bool named = at + 1 < pattern.Length && pattern[at] == '<' && (char.IsAsciiLetterOrDigit(pattern[at + 1]) || pattern[at + 1] == '_');
        return named ? pattern.IndexOf('>', at) : -1;
    }
}
