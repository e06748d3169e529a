using Pyro.Disk;
using Pyro.Profiles.Records;

namespace Pyro.Blocks.Parquet;

/// <summary>A note on a profile, such as of throttling; both in UTF-8.</summary>
/// <param name="Key">What it is about.</param>
/// <param name="Value">What it says.</param>
public readonly record struct Annotation(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value);

/// <summary>A row of profiles.parquet: one sample type of one profile. What is 0 or empty is null where the column allows it.</summary>
public readonly ref struct ProfileRow
{
    /// <summary>UUID, shared by the sample types of one profile.</summary>
    public ProfileId Id { get; init; }

    /// <summary>Ordinal of the series in index.tsdb.</summary>
    public int SeriesIndex { get; init; }

    /// <summary>The partition of the symbols that the stacks are in.</summary>
    public ulong Partition { get; init; }

    /// <summary>Stack ids within the partition, one for each sample.</summary>
    public ReadOnlySpan<long> Stacks { get; init; }

    /// <summary>Value of each sample.</summary>
    public ReadOnlySpan<long> Values { get; init; }

    /// <summary>Span of each sample, 0 without one; empty when none has one.</summary>
    public ReadOnlySpan<long> Spans { get; init; }

    /// <summary>16 bytes of trace for each sample, zeros without one; empty when none has one.</summary>
    public ReadOnlySpan<byte> Traces { get; init; }

    /// <summary>String of the frames to drop.</summary>
    public long DropFrames { get; init; }

    /// <summary>String of the frames to keep.</summary>
    public long KeepFrames { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public long TimeNanos { get; init; }

    /// <summary>Nanoseconds.</summary>
    public long DurationNanos { get; init; }

    /// <summary>Events between samples.</summary>
    public long Period { get; init; }

    /// <summary>Strings of comments.</summary>
    public ReadOnlySpan<long> Comments { get; init; }

    /// <summary>String of the default sample type.</summary>
    public long DefaultSampleType { get; init; }

    /// <summary>Notes.</summary>
    public ReadOnlySpan<Annotation> Annotations { get; init; }
}

/// <summary>Writes profiles.parquet. Rows come in ascending order of series, then time.</summary>
public sealed class ProfilesWriter : IDisposable
{
    private const int TraceSize = 16;
    private readonly ParquetWriter _writer;

    /// <summary>Begins a new file, which must not be there yet.</summary>
    public ProfilesWriter(IDisk disk, string path, int groupRows = ParquetWriter.GroupRowsMax, string createdBy = ParquetWriter.CreatedBy) =>
        _writer = new ParquetWriter(disk, path, ProfilesSchema.Profiles, groupRows, createdBy);

    /// <summary>Row groups that have ended.</summary>
    public int GroupCount => _writer.GroupCount;

    /// <summary>Adds a row; its spans are free on return.</summary>
    /// <exception cref="ArgumentException">Its samples are not as many of each kind.</exception>
    /// <exception cref="IOException">The disk refused.</exception>
    public ValueTask Add(in ProfileRow row, CancellationToken cancellation)
    {
        int samples = row.Stacks.Length;
        if (row.Values.Length != samples || (row.Spans.Length != samples && !row.Spans.IsEmpty) || (row.Traces.Length != samples * TraceSize && !row.Traces.IsEmpty))
        {
            throw new ArgumentException("a row whose samples are not as many of each kind", nameof(row));
        }

        Span<byte> id = stackalloc byte[ProfileId.Size];
        row.Id.Write(id);
        _writer[0].Add(id);
        _writer[1].Add(row.SeriesIndex);
        _writer[2].Add((long)row.Partition);
        _writer[3].Add(Sum(row.Values));
        Samples(row, samples);
        OrNull(12, row.DropFrames);
        OrNull(13, row.KeepFrames);
        _writer[14].Add(row.TimeNanos);
        OrNull(15, row.DurationNanos);
        OrNull(16, row.Period);
        _writer[17].AddList(row.Comments.Length);
        _writer[17].AddAll(row.Comments);
        OrNull(18, row.DefaultSampleType);
        _writer[19].AddList(row.Annotations.Length);
        _writer[20].AddList(row.Annotations.Length);
        foreach (Annotation annotation in row.Annotations)
        {
            _writer[19].Add(annotation.Key.Span);
            _writer[20].Add(annotation.Value.Span);
        }

        return _writer.EndRow(cancellation);
    }

    /// <summary>Writes what is left, and syncs; answers the length of the file.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public ValueTask<long> Finish(CancellationToken cancellation) => _writer.Finish(cancellation);

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Samples(in ProfileRow row, int samples)
    {
        for (int column = 4; column <= 11; column++)
        {
            _writer[column].AddList(samples);
        }

        _writer[4].AddAll(row.Stacks);
        _writer[5].AddAll(row.Values);
        for (int label = 6; label <= 9; label++)
        {
            _writer[label].AddNulls(samples);
        }

        // With any span each sample has one, 0 where there is none; a trace is there or not for each sample.
        if (row.Spans.ContainsAnyExcept(0))
        {
            _writer[10].AddAll(row.Spans);
        }
        else
        {
            _writer[10].AddNulls(samples);
        }

        for (int i = 0; i < row.Traces.Length; i += TraceSize)
        {
            ReadOnlySpan<byte> trace = row.Traces.Slice(i, TraceSize);
            if (trace.ContainsAnyExcept((byte)0))
            {
                _writer[11].Add(trace);
            }
            else
            {
                _writer[11].AddNulls(1);
            }
        }

        if (row.Traces.IsEmpty)
        {
            _writer[11].AddNulls(samples);
        }
    }

    private void OrNull(int column, long value)
    {
        if (value != 0)
        {
            _writer[column].Add(value);
        }
        else
        {
            _writer[column].AddNulls(1);
        }
    }

    private static long Sum(ReadOnlySpan<long> values)
    {
        long sum = 0;
        foreach (long value in values)
        {
            sum += value;
        }

        return sum;
    }
}
