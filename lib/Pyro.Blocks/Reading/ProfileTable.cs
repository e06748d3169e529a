using System.Diagnostics.CodeAnalysis;
using Pyro.Blocks.Parquet;

namespace Pyro.Blocks.Reading;

/// <summary>The columns of profiles.parquet (block-format 5.1) that answers are made of.</summary>
internal sealed class ProfileTable(ParquetFile file)
{
    // Bytes that one scan fetches ahead of their use; a column holds about 1 MiB at least.
    public const long ScanBudget = 8 << 20;

    public ParquetFile File => file;

    // Pyroscope gives a profile that is pushed twice two ids at random.
    public bool HasOwnIds => file.CreatedBy.StartsWith(ParquetWriter.CreatedBy, StringComparison.Ordinal);

    public ParquetColumn SeriesIndex => file.Column("SeriesIndex");

    public ParquetColumn Partition => file.Column("StacktracePartition");

    public ParquetColumn Time => file.Column("TimeNanos");

    public ParquetColumn Id => file.Column("ID");

    public ParquetColumn StackId => file.Column("Samples.list.element.StacktraceID");

    public ParquetColumn Value => file.Column("Samples.list.element.Value");

    // Blocks older than spans have none.
    public bool TrySpan([NotNullWhen(true)] out ParquetColumn? column) => file.TryColumn("Samples.list.element.SpanID", out column);

    // Blocks older than totals have none: they are the sums of the values.
    public bool TryTotal([NotNullWhen(true)] out ParquetColumn? column) => file.TryColumn("TotalValue", out column);

    public RowScan Scan(RowRanges rows, params ReadOnlySpan<ParquetColumn> columns) => file.Scan(rows, ScanBudget, columns);

    public DamagedBlockException Damaged(string fault) => new(file.Name, -1, fault);
}
