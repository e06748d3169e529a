using System.Buffers;
using System.IO.Hashing;
using System.Text;

namespace Pyro.Profiles.Labels;

/// <summary>One name and value of a series.</summary>
public readonly record struct Label(string Name, string Value);

/// <summary>
/// The labels of a series in stored order: by name in byte order (UTF-8), or as a tenant that enforces an order has them;
/// each name once. Immutable.
/// </summary>
public sealed class LabelSet : IEquatable<LabelSet>
{
    private readonly Label[] _labels;
    private ulong _fingerprint;
    private bool _hashed;

    private LabelSet(Label[] labels) => _labels = labels;

    /// <summary>No labels.</summary>
    public static LabelSet Empty { get; } = new([]);

    /// <summary>The labels in stored order.</summary>
    public ReadOnlySpan<Label> Labels => _labels;

    /// <summary>How many labels.</summary>
    public int Count => _labels.Length;

    /// <summary>XXH64 (seed 0) over <c>name 0xFF value 0xFF</c> of each label in stored order: Pyroscope's series fingerprint.</summary>
    public ulong Fingerprint
    {
        get
        {
            // Two threads may both compute it; they come to the same value.
            if (!Volatile.Read(ref _hashed))
            {
                _fingerprint = Hash(_labels);
                Volatile.Write(ref _hashed, true);
            }
            return _fingerprint;
        }
    }

    /// <summary>Sorts by name in byte order; of equal names the first stays; empty values are dropped.</summary>
    public static LabelSet From(IEnumerable<Label> labels)
    {
        var sorted = labels.Where(label => label.Value.Length > 0).ToArray();
        // Insertion sort: stable, and sets are small and mostly sorted already.
        for (var i = 1; i < sorted.Length; i++)
        {
            var label = sorted[i];
            var at = i;
            for (; at > 0 && CompareBytes(sorted[at - 1].Name, label.Name) > 0; at--)
                sorted[at] = sorted[at - 1];
            sorted[at] = label;
        }
        var count = 0;
        foreach (var label in sorted)
        {
            if (count == 0 || sorted[count - 1].Name != label.Name)
                sorted[count++] = label;
        }
        return count == 0 ? Empty : new LabelSet(sorted[..count]);
    }

    /// <summary>Takes the labels in the order given, which must already be the stored order.</summary>
    public static LabelSet FromStoredOrder(Label[] labels) => new(labels);

    /// <summary>The value of a label, or null.</summary>
    public string? Get(string name)
    {
        foreach (ref readonly var label in _labels.AsSpan())
        {
            if (label.Name == name)
                return label.Value;
        }
        return null;
    }

    /// <summary>Order of the UTF-8 bytes, which for surrogates differs from that of UTF-16.</summary>
    public static int CompareBytes(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        for (var i = 0; i < length; i++)
        {
            if (a[i] == b[i])
                continue;
            var surrogateA = char.IsSurrogate(a[i]);
            return surrogateA == char.IsSurrogate(b[i]) ? a[i].CompareTo(b[i]) : surrogateA ? 1 : -1;
        }
        return a.Length.CompareTo(b.Length);
    }

    /// <inheritdoc/>
    public bool Equals(LabelSet? other) => other is not null && _labels.AsSpan().SequenceEqual(other._labels);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode() => Fingerprint.GetHashCode();

    /// <summary>As selectors are written: <c>{a="b", c="d"}</c>.</summary>
    public override string ToString() => "{" + string.Join(", ", _labels.Select(l => $"{l.Name}=\"{l.Value}\"")) + "}";

    private static ulong Hash(Label[] labels)
    {
        var bytes = 0;
        foreach (ref readonly var label in labels.AsSpan())
            bytes += Encoding.UTF8.GetMaxByteCount(label.Name.Length) + Encoding.UTF8.GetMaxByteCount(label.Value.Length) + 2;
        var rented = ArrayPool<byte>.Shared.Rent(bytes);
        var used = 0;
        foreach (ref readonly var label in labels.AsSpan())
        {
            used += Encoding.UTF8.GetBytes(label.Name, rented.AsSpan(used));
            rented[used++] = 0xFF;
            used += Encoding.UTF8.GetBytes(label.Value, rented.AsSpan(used));
            rented[used++] = 0xFF;
        }
        var hash = XxHash64.HashToUInt64(rented.AsSpan(0, used));
        ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }
}
