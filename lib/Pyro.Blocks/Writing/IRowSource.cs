using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Blocks.Writing;

/// <summary>
/// Rows for a block, as a head, other blocks or a test give them: series in the order of <see cref="Index.LabelPairOrder"/>, the rows of each
/// by time, then ID. A series without rows is left out of the block.
/// </summary>
public interface IRowSource
{
    /// <summary>
    /// Whether a profile that was pushed twice has the same ID both times. With rows of Pyroscope it has not: they are the same by time, in
    /// whatever block they lie.
    /// </summary>
    bool HasOwnIds => true;

    /// <summary>Labels of the series in stored order.</summary>
    LabelSet Labels { get; }

    /// <summary>Hash of the labels.</summary>
    ulong Fingerprint { get; }

    /// <summary>The row; valid until the next is asked for.</summary>
    SourceRow Row { get; }

    /// <summary>Goes to the next series, the first at first.</summary>
    /// <returns>False when there is none.</returns>
    ValueTask<bool> NextSeries(CancellationToken cancellation);

    /// <summary>Goes to the next row of the series.</summary>
    /// <returns>False when there is none.</returns>
    ValueTask<bool> NextRow(CancellationToken cancellation);
}

/// <summary>A row with its stacks as they are numbered where it comes from.</summary>
public readonly ref struct SourceRow
{
    /// <summary>UUID, shared by the sample types of one profile.</summary>
    public ProfileId Id { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public long TimeNanos { get; init; }

    /// <summary>Nanoseconds covered.</summary>
    public long DurationNanos { get; init; }

    /// <summary>Events between samples.</summary>
    public long Period { get; init; }

    /// <summary>The partition that the stacks belong to.</summary>
    public ulong Partition { get; init; }

    /// <summary>Symbols of the partition. The same object for as many rows as can be: it is told apart by identity.</summary>
    public SymbolTables Symbols { get; init; }

    /// <summary>Node of <see cref="StackColumns"/> of each sample.</summary>
    public ReadOnlySpan<int> Stacks { get; init; }

    /// <summary>Value of each sample.</summary>
    public ReadOnlySpan<long> Values { get; init; }

    /// <summary>Span of each sample, 0 without one; empty when none has one.</summary>
    public ReadOnlySpan<long> Spans { get; init; }

    /// <summary>16 bytes of trace for each sample, zeros without one; empty when none has one.</summary>
    public ReadOnlySpan<byte> Traces { get; init; }

    /// <summary>Notes.</summary>
    public ReadOnlySpan<Annotation> Annotations { get; init; }
}
