namespace Pyro.Configuration.Sources;

/// <summary>Patterns with <c>*</c> and <c>?</c>.</summary>
internal static class Glob
{
    /// <summary>Length of the start of a text that a pattern matches, 0 when none does.</summary>
    public static int PrefixLength(string text, string pattern, bool longest) =>
        Find(text.Length, longest, length => Matches(text.AsSpan(0, length), pattern));

    /// <summary>Length of the end of a text that a pattern matches, 0 when none does.</summary>
    public static int SuffixLength(string text, string pattern, bool longest) =>
        Find(text.Length, longest, length => Matches(text.AsSpan(text.Length - length), pattern));

    private static int Find(int length, bool longest, Func<int, bool> matches)
    {
        for (int i = 0; i <= length; i++)
        {
            int candidate = longest ? length - i : i;
            if (matches(candidate))
            {
                return candidate;
            }
        }
        return 0;
    }

    private static bool Matches(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        int t = 0, p = 0, star = -1, resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resume) = (p++, t);
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                (p, t) = (star + 1, ++resume);
            }
            else
            {
                return false;
            }
        }
        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
