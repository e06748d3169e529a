namespace Pyro.Profiles.Labels;

/// <summary>One name and value of a series.</summary>
public readonly record struct Label(string Name, string Value);

/// <summary>The labels of a series in stored order (by name in byte order unless the order was enforced), each name once.</summary>
public sealed class LabelSet
{
    private readonly Label[] _labels;

    private LabelSet(Label[] labels) => _labels = labels;

    /// <summary>No labels.</summary>
    public static LabelSet Empty { get; } = new([]);

    /// <summary>The labels in stored order.</summary>
    public ReadOnlySpan<Label> Labels => _labels;

    /// <summary>XXH64 (seed 0) over <c>name 0xFF value 0xFF</c> of each label in stored order.</summary>
    public ulong Fingerprint => throw new NotImplementedException();

    /// <summary>Sorts by name in byte order; of equal names the first stays; empty values are dropped.</summary>
    public static LabelSet From(IEnumerable<Label> labels) => throw new NotImplementedException();

    /// <summary>Takes the labels in the order given, which must already be the stored order.</summary>
    public static LabelSet FromStoredOrder(Label[] labels) => new(labels);

    /// <summary>The value of a label, or null.</summary>
    public string? Get(string name) => throw new NotImplementedException();
}
