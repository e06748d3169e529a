namespace Pyro.Profiles.Labels;

/// <summary>
/// Orders text as its UTF-8 bytes are ordered. Ordinal comparison of UTF-16 differs: it puts characters outside the basic
/// plane, which are surrogates there, before U+E000 to U+FFFF.
/// </summary>
public sealed class Utf8Order : IComparer<string>
{
    private const int FirstSurrogate = 0xD800;
    private const int LastSurrogate = 0xDFFF;

    /// <summary>The one comparer.</summary>
    public static Utf8Order Comparer { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y) => Compare(x.AsSpan(), y.AsSpan());

    /// <summary>Less than zero, zero or more than zero as <paramref name="x"/> comes before, with or after <paramref name="y"/>.</summary>
    public static int Compare(ReadOnlySpan<char> x, ReadOnlySpan<char> y)
    {
        var at = x.CommonPrefixLength(y);
        if (at == x.Length || at == y.Length)
        {
            return x.Length - y.Length;
        }

        return Rank(x[at]) - Rank(y[at]);
    }

    // Surrogates move behind the rest of the basic plane.
    private static int Rank(char unit) => unit switch
    {
        < (char)FirstSurrogate => unit,
        <= (char)LastSurrogate => unit + 0x10000,
        _ => unit,
    };
}
