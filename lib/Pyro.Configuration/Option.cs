namespace Pyro.Configuration;

/// <summary>What the text of an option means.</summary>
public enum OptionKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>true or false.</summary>
    Switch,

    /// <summary>A whole number, 64 bits.</summary>
    Integer,

    /// <summary>A decimal number.</summary>
    Number,

    /// <summary>A size in bytes: a whole number, or numbers with units (<c>4MiB</c>, <c>63KiB1023B</c>).</summary>
    Bytes,

    /// <summary>A size in bytes or a share of the machine's memory (<c>60%</c>); read as text.</summary>
    Budget,

    /// <summary>A duration in Go's form (<c>1h30m</c>, <c>250ms</c>).</summary>
    Duration,

    /// <summary>A duration in Prometheus' form (<c>1d</c>, <c>1w2d</c>), as the limits have it.</summary>
    LimitDuration,

    /// <summary>Durations in Go's form: comma separated, or a YAML sequence.</summary>
    Durations,

    /// <summary>Texts, comma separated; the last source replaces the list.</summary>
    Csv,

    /// <summary>Texts: a YAML sequence or a comma separated scalar; each flag adds to what the file gave.</summary>
    List,

    /// <summary>A YAML tree that the owner of the option reads (relabelling rules, usage groups).</summary>
    Structure,
}

/// <summary>One row of the table of options: how it is spelt, what it means and what it is when nobody sets it.</summary>
/// <param name="Flag">The flag without its dash; null when only YAML and the environment know the option.</param>
/// <param name="Path">The YAML path, parts joined by dots.</param>
/// <param name="Kind">The kind of the value.</param>
/// <param name="Default">The default as text.</param>
/// <param name="Help">One line for the help text.</param>
public sealed record Option(string? Flag, string Path, OptionKind Kind, string Default, string Help)
{
    /// <summary>Printed as <c>********</c>.</summary>
    public bool Secret { get; init; }

    /// <summary>Left out of <c>-help</c>, listed by <c>-help-all</c>.</summary>
    public bool Advanced { get; init; }

    /// <summary>The values allowed; empty when any value of the kind is.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Values that Pyroscope allows and Pyro does not: named nowhere, and taken so that the owner of the option can say why it refuses them.</summary>
    public IReadOnlyList<string> Unsupported { get; init; } = [];

    /// <summary>The smallest number allowed.</summary>
    public double Min { get; init; }

    /// <summary>The largest number allowed.</summary>
    public double Max { get; init; } = double.PositiveInfinity;
}
