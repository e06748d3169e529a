namespace Pyro.Ingester.Head;

/// <summary>Compares texts as their UTF-8 bytes compare.</summary>
public sealed class ByteOrder : IComparer<string>
{
    /// <summary>The comparer.</summary>
    public static ByteOrder Comparer { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        var a = x.AsSpan();
        var b = y.AsSpan();
        var at = a.CommonPrefixLength(b);
        if (at == a.Length || at == b.Length)
        {
            return a.Length - b.Length;
        }

        // UTF-16 puts surrogates below U+E000 to U+FFFF, UTF-8 above.
        var (l, r) = (a[at], b[at]);
        return char.IsSurrogate(l) == char.IsSurrogate(r) ? l - r : char.IsSurrogate(l) ? 1 : -1;
    }
}
