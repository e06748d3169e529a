namespace Pyro.Profiles.Relabeling;

/// <summary>The names that the groups of an RE2 expression have, by number; the compiled expression knows groups by number alone.</summary>
internal static class GroupNames
{
    /// <summary>Names and numbers of the named groups of a well-formed expression.</summary>
    public static Dictionary<string, int> Of(string expression)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        int groups = 0;
        for (int i = 0; i < expression.Length; i++)
        {
            switch (expression[i])
            {
                case '\\' when expression.AsSpan(i).StartsWith(@"\Q"):
                    int end = expression.IndexOf(@"\E", i, StringComparison.Ordinal);
                    i = end < 0 ? expression.Length : end + 1;
                    break;
                case '\\':
                    i++;
                    break;
                case '[':
                    i = ClassEnd(expression, i);
                    break;
                case '(' when i + 1 == expression.Length || expression[i + 1] != '?':
                    groups++;
                    break;
                case '(' when expression.AsSpan(i).StartsWith("(?P<") || expression.AsSpan(i).StartsWith("(?<"):
                    int from = expression.IndexOf('<', i) + 1;
                    names[expression[from..expression.IndexOf('>', from)]] = ++groups;
                    break;
            }
        }

        return names;
    }

    /// <summary>Where the closing bracket of a class stands; the first member may be a bracket itself.</summary>
    private static int ClassEnd(string expression, int start)
    {
        int i = start + 1;
        if (i < expression.Length && expression[i] == '^')
        {
            i++;
        }

        for (bool first = true; i < expression.Length && (first || expression[i] != ']'); first = false)
        {
            bool posix = expression.AsSpan(i).StartsWith("[:") && expression.IndexOf(":]", i, StringComparison.Ordinal) > 0;
            i = posix ? expression.IndexOf(":]", i, StringComparison.Ordinal) + 2 : i + (expression[i] == '\\' ? 2 : 1);
        }

        return i;
    }
}
