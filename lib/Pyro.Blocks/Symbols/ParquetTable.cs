using Pyro.Blocks.Files;
using Pyro.Blocks.Parquet;

namespace Pyro.Blocks.Symbols;

/// <summary>A Parquet table of symbols, opened when it is first needed. Its columns are known by position (block-format 6.4).</summary>
/// <param name="open">Opens the file.</param>
internal sealed class ParquetTable(Func<CancellationToken, ValueTask<IBlockFile>> open) : IDisposable
{
    // Bytes fetched ahead while a table is read.
    private const long Budget = 4 << 20;

    private readonly SemaphoreSlim _opening = new(1);
    private IBlockFile? _file;
    private ParquetFile? _parquet;

    /// <summary>The table's rows.</summary>
    public async ValueTask<int> Rows(CancellationToken cancellation) => (await File(cancellation)).RowCount;

    /// <summary>Reads columns, batch by batch and in the order of the partition.</summary>
    /// <param name="place">Which rows.</param>
    /// <param name="columns">How many columns the table has.</param>
    /// <param name="wanted">Which ones, by position, and whether they are lists and whether they hold bytes.</param>
    /// <param name="batch">Gets each batch, and the number of its first row in the partition.</param>
    /// <param name="cancellation">Ends it.</param>
    public async ValueTask Read(
        TablePlace place, int columns, (int Position, bool List, bool Bytes)[] wanted, Action<RowScan, int> batch, CancellationToken cancellation)
    {
        var file = await File(cancellation);
        if (file.Schema.Columns.Count != columns)
        {
            throw new DamagedBlockException(file.Name, -1, $"the table has {file.Schema.Columns.Count} columns instead of {columns}");
        }

        var chosen = Array.ConvertAll(wanted, w => Column(file, w));
        var done = 0;
        foreach (var rows in Ranges(file, place))
        {
            await using var scan = file.Scan(rows, Budget, chosen);
            while (await scan.Next(cancellation))
            {
                batch(scan, done + scan.FirstOrdinal);
            }

            done += rows.Rows;
        }
    }

    /// <summary>The fault in this table.</summary>
    public DamagedBlockException Damaged(string fault) => new(_file?.Name ?? "symbols", -1, fault);

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _opening.Dispose();
    }

    private static ParquetColumn Column(ParquetFile file, (int Position, bool List, bool Bytes) wanted)
    {
        var column = file.Schema.Columns[wanted.Position];
        return column.MaxRepetition == (wanted.List ? 1 : 0) && column.IsBytes == wanted.Bytes
            ? column
            : throw new DamagedBlockException(file.Name, -1, $"column {column.Path} is a list or of another type than it should be");
    }

    private static List<RowRanges> Ranges(ParquetFile file, in TablePlace place)
    {
        if (place.Rows is null)
        {
            return [RowRanges.All(file.RowCount)];
        }

        var ranges = new List<RowRanges>();
        foreach (var rows in place.Rows)
        {
            if (rows.Group >= file.GroupCount || rows.First + (long)rows.Count > file.Metadata.Groups[rows.Group].RowCount)
            {
                throw new DamagedBlockException(file.Name, -1, $"row group {rows.Group} has no rows {rows.First} to {rows.First + (long)rows.Count}");
            }

            var first = (int)(file.Metadata.Groups[rows.Group].FirstRow + rows.First);
            ranges.Add(RowRanges.Between(first, first + rows.Count));
        }

        return ranges;
    }

    private async ValueTask<ParquetFile> File(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _parquet) is { } known)
        {
            return known;
        }

        await _opening.WaitAsync(cancellation);
        try
        {
            if (_parquet is null)
            {
                _file ??= await open(cancellation);
                Volatile.Write(ref _parquet, await ParquetFile.Open(_file, cancellation));
            }

            return _parquet!;
        }
        finally
        {
            _opening.Release();
        }
    }
}
