using System.Diagnostics.CodeAnalysis;
using Pyro.Blocks.Parquet;

namespace Pyro.Blocks.Reading;

/// <summary>
/// The columns of profiles.parquet (block-format 5.1) that answers are made of. No checksum covers the schema, and every profile has the same:
/// what differs from it is damage.
/// </summary>
internal sealed class ProfileTable(ParquetFile file)
{
    // Bytes that one scan fetches ahead of their use; a column holds about 1 MiB at least.
    public const long ScanBudget = 8 << 20;

    public ParquetFile File => file;

    // Pyroscope gives a profile that is pushed twice two ids at random. Which rows count as the same hangs on this name, and no checksum covers
    // it either: one as long as ours that differs is ours with a bit changed.
    public bool HasOwnIds => file.CreatedBy == ParquetWriter.CreatedBy
        || (file.CreatedBy.Length == ParquetWriter.CreatedBy.Length ? throw Damaged($"it was created by {file.CreatedBy}, which nothing is called") : false);

    public ParquetColumn SeriesIndex => Known(file.Column("SeriesIndex"));

    public ParquetColumn Partition => Known(file.Column("StacktracePartition"));

    public ParquetColumn Time => Known(file.Column("TimeNanos"));

    public ParquetColumn Id => Known(file.Column("ID"));

    public ParquetColumn StackId => Known(file.Column("Samples.list.element.StacktraceID"));

    public ParquetColumn Value => Known(file.Column("Samples.list.element.Value"));

    // Blocks older than spans have none.
    public bool TrySpan([NotNullWhen(true)] out ParquetColumn? column) => TryKnown("Samples.list.element.SpanID", out column);

    // Blocks older than totals have none: they are the sums of the values.
    public bool TryTotal([NotNullWhen(true)] out ParquetColumn? column) => TryKnown("TotalValue", out column);

    public RowScan Scan(RowRanges rows, params ReadOnlySpan<ParquetColumn> columns) => file.Scan(rows, ScanBudget, columns);

    private ParquetColumn Known(ParquetColumn column)
    {
        var known = ProfilesSchema.Profiles.Column(column.Path);
        return column.Type == known.Type && column.TypeLength == known.TypeLength && column.MaxRepetition == known.MaxRepetition
            && column.MaxDefinition == known.MaxDefinition && column.EntryDefinition == known.EntryDefinition
            ? column
            : throw Damaged($"column {column.Path} is not as profiles have it");
    }

    // A column that is not there is not to be one whose name was damaged.
    private bool TryKnown(string path, [NotNullWhen(true)] out ParquetColumn? column)
    {
        if (file.TryColumn(path, out column))
        {
            column = Known(column);
            return true;
        }

        return file.Schema.Columns.All(static c => ProfilesSchema.Profiles.Columns.Any(known => known.Path == c.Path))
            ? false
            : throw Damaged($"there is no column {path}, but one that is not known");
    }

    public DamagedBlockException Damaged(string fault) => new(file.Name, -1, fault);
}
