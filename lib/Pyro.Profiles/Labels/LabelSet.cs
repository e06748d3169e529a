using System.Buffers;
using System.IO.Hashing;
using System.Text;

namespace Pyro.Profiles.Labels;

/// <summary>One name and value of a series.</summary>
public readonly record struct Label(string Name, string Value);

/// <summary>The labels of a series in stored order (by name in byte order unless the order was enforced), each name once.</summary>
public sealed class LabelSet : IEquatable<LabelSet>
{
    private const byte Separator = 0xFF;

    private readonly Label[] _labels;
    private ulong _fingerprint;

    private LabelSet(Label[] labels) => _labels = labels;

    /// <summary>No labels.</summary>
    public static LabelSet Empty { get; } = new([]);

    /// <summary>The labels in stored order.</summary>
    public ReadOnlySpan<Label> Labels => _labels;

    /// <summary>How many labels.</summary>
    public int Count => _labels.Length;

    /// <summary>XXH64 (seed 0) over <c>name 0xFF value 0xFF</c> of each label in stored order.</summary>
    public ulong Fingerprint
    {
        get
        {
            // Zero stands for "not computed yet"; a set that truly hashes to zero is merely hashed again.
            if (_fingerprint == 0)
            {
                _fingerprint = Hash();
            }

            return _fingerprint;
        }
    }

    /// <summary>Sorts by name in byte order; of equal names the first stays; empty values are dropped.</summary>
    public static LabelSet From(IEnumerable<Label> labels)
    {
        var given = labels.Where(l => l.Value.Length > 0).ToArray();
        if (given.Length == 0)
        {
            return Empty;
        }

        var place = new int[given.Length];
        for (var i = 0; i < place.Length; i++)
        {
            place[i] = i;
        }

        // The place breaks ties, so that the first of equal names comes first.
        place.AsSpan().Sort((a, b) =>
        {
            var order = Utf8Order.Compare(given[a].Name, given[b].Name);
            return order != 0 ? order : a - b;
        });
        var sorted = new Label[given.Length];
        var n = 0;
        foreach (var p in place)
        {
            if (n == 0 || sorted[n - 1].Name != given[p].Name)
            {
                sorted[n++] = given[p];
            }
        }

        return new LabelSet(n == sorted.Length ? sorted : sorted[..n]);
    }

    /// <summary>Takes the labels in the order given, which must already be the stored order.</summary>
    public static LabelSet FromStoredOrder(Label[] labels) => new(labels);

    /// <summary>The value of a label, or null.</summary>
    public string? Get(string name)
    {
        foreach (ref readonly var label in _labels.AsSpan())
        {
            if (label.Name == name)
            {
                return label.Value;
            }
        }

        return null;
    }

    /// <summary>The labels that have one of some names, in stored order.</summary>
    public LabelSet Project(IReadOnlyCollection<string> names)
    {
        var kept = new List<Label>(Math.Min(names.Count, _labels.Length));
        foreach (var label in _labels)
        {
            if (names.Contains(label.Name))
            {
                kept.Add(label);
            }
        }

        return kept.Count == _labels.Length ? this : new LabelSet([.. kept]);
    }

    /// <summary>
    /// The same labels with <c>__profile_type__</c> first, <c>__service_name__</c> second and the rest by name: the stored order of
    /// tenants whose label order is enforced.
    /// </summary>
    public LabelSet WithEnforcedOrder()
    {
        var ordered = new Label[_labels.Length];
        var n = 0;
        foreach (var first in (ReadOnlySpan<string>)[LabelNames.ProfileType, LabelNames.StoredService])
        {
            if (Get(first) is { } value)
            {
                ordered[n++] = new Label(first, value);
            }
        }

        foreach (var label in _labels)
        {
            if (label.Name is not (LabelNames.ProfileType or LabelNames.StoredService))
            {
                ordered[n++] = label;
            }
        }

        return new LabelSet(ordered);
    }

    /// <summary>Whether both hold the same labels in the same order.</summary>
    public bool Equals(LabelSet? other) => other is not null && _labels.AsSpan().SequenceEqual(other._labels);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode() => Fingerprint.GetHashCode();

    /// <summary>The selector that selects exactly these labels, for people to read.</summary>
    public override string ToString() => $"{{{string.Join(", ", _labels.Select(l => $"{l.Name}=\"{l.Value}\""))}}}";

    private ulong Hash()
    {
        var most = 0;
        foreach (ref readonly var label in _labels.AsSpan())
        {
            most += Encoding.UTF8.GetMaxByteCount(label.Name.Length + label.Value.Length) + 4;
        }

        byte[]? rented = null;
        var bytes = most <= 1024 ? stackalloc byte[1024] : rented = ArrayPool<byte>.Shared.Rent(most);
        var n = 0;
        foreach (ref readonly var label in _labels.AsSpan())
        {
            n += Encoding.UTF8.GetBytes(label.Name, bytes[n..]);
            bytes[n++] = Separator;
            n += Encoding.UTF8.GetBytes(label.Value, bytes[n..]);
            bytes[n++] = Separator;
        }

        var hash = XxHash64.HashToUInt64(bytes[..n]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return hash;
    }
}
