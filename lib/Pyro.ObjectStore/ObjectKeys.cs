using System.Text;

namespace Pyro.ObjectStore;

/// <summary>What may be the key of an object, and the order of keys.</summary>
public static class ObjectKeys
{
    /// <summary>Bytes of a key in UTF-8; the limit of S3.</summary>
    public const int MaxBytes = 1024;

    /// <summary>
    /// First part of keys that belong to no tenant: what the instances of one bucket agree on. Pyroscope takes no tenant of this name either.
    /// </summary>
    public const string Cluster = "__pyroscope_cluster";

    /// <summary>Order of keys by their bytes in UTF-8, which is that of listings. UTF-16 orders characters beyond U+FFFF differently.</summary>
    public static IComparer<string> Order { get; } = Comparer<string>.Create(CompareBytes);

    /// <summary>
    /// Refuses what no store takes or what would leave a folder: empty, too long, NUL, <c>\</c>, half a surrogate pair, and the parts "", "." and
    /// "..", so also an absolute path and a `/` at the end.
    /// </summary>
    /// <exception cref="ObjectStoreException">It is such a key (<see cref="StoreFault.InvalidKey"/>).</exception>
    public static void Check(string key) => Refuse(key, FaultOf(key));

    /// <summary>Refuses a prefix that no key can have; "" is that of all keys.</summary>
    /// <exception cref="ObjectStoreException">It is such a prefix (<see cref="StoreFault.InvalidKey"/>).</exception>
    public static void CheckPrefix(string prefix)
    {
        // What follows the last `/` is the beginning of a name: a dot may grow into ".cache".
        int slash = prefix.LastIndexOf('/');
        Refuse(prefix, FaultOfCharacters(prefix) ?? (slash < 0 ? null : FaultOfParts(prefix.AsSpan(0, slash))));
    }

    /// <summary>Whether an object may have the key.</summary>
    internal static bool IsValid(string key) => FaultOf(key) is null;

    private static void Refuse(string key, string? fault)
    {
        if (fault is not null)
        {
            string shown = (key.Length > 80 ? key[..80] + "…" : key).Replace("\0", "\\0", StringComparison.Ordinal);
            throw new ObjectStoreException(StoreFault.InvalidKey, $"no object can have the key '{shown}': {fault}");
        }
    }

    private static string? FaultOf(string key) => key.Length == 0 ? "it is empty" : FaultOfCharacters(key) ?? FaultOfParts(key);

    private static string? FaultOfParts(ReadOnlySpan<char> parts)
    {
        foreach (Range part in parts.Split('/'))
        {
            if (parts[part] is "" or "." or "..")
            {
                return $"it has the part '{parts[part]}'";
            }
        }

        return null;
    }

    private static string? FaultOfCharacters(string key)
    {
        if (key.Length > MaxBytes || Encoding.UTF8.GetByteCount(key) > MaxBytes)
        {
            return $"it has more than {MaxBytes} bytes";
        }

        if (key.AsSpan().IndexOfAny('\0', '\\') >= 0)
        {
            return "it has a character 0 or a backslash";
        }

        for (int at = 0; at < key.Length; at++)
        {
            if (char.IsSurrogate(key[at]) && (!char.IsHighSurrogate(key[at]) || at + 1 == key.Length || !char.IsLowSurrogate(key[++at])))
            {
                return "it is no text";
            }
        }

        return null;
    }

    private static int CompareBytes(string? a, string? b)
    {
        int shared = a.AsSpan().CommonPrefixLength(b);
        if (shared == a!.Length || shared == b!.Length)
        {
            return a.Length.CompareTo(b!.Length);
        }

        // Surrogates stand for what comes after all other characters.
        bool above = char.IsSurrogate(a[shared]), below = char.IsSurrogate(b[shared]);
        return above == below ? a[shared].CompareTo(b[shared]) : above ? 1 : -1;
    }
}
