using System.Text.RegularExpressions;

namespace Aspire.Dashboard.Resources;

/// <summary>Tells values that are better not seen over a shoulder from those that a person came to read.</summary>
internal static partial class Secrets
{
    /// <summary>Whether a value is or holds a secret, by its name or by a part of it: a password in a connection string or a URL, a key in a list of headers.</summary>
    public static bool MayHold(string name, string value) => value.Length > 0 && (Names().IsMatch(name) || Parts().IsMatch(value));

    [GeneratedRegex("password|passwd|pwd$|secret|token|key", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Names();

    [GeneratedRegex("(?:password|passwd|pwd|secret|token|key)\\s*=|://[^/?#\\s:@]*:[^/?#\\s@]+@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Parts();
}
