namespace Pyro.Blocks.Parquet;

/// <summary>
/// Reads some columns of some rows in step, a few thousand values at a time and always whole rows. Rows of a batch are the next ones of
/// those asked for, gaps left out: <see cref="FirstOrdinal"/> counts them. Not for several at once; dispose it.
/// </summary>
public sealed class RowScan : IAsyncDisposable
{
    private const int RowsMax = 8192, ValuesTarget = 8192;
    private readonly ParquetFile _file;
    private readonly RowRanges _rows;
    private readonly long _budget;
    private readonly ParquetColumn[] _columns;
    private readonly List<(int First, int Count)> _taken = [];
    private readonly int _leader;
    private ColumnCursor[]? _cursors;
    private int _range, _within;

    internal RowScan(ParquetFile file, RowRanges rows, long budget, ParquetColumn[] columns)
    {
        if (rows.Count > 0 && rows[rows.Count - 1].End > file.RowCount)
        {
            throw new ArgumentOutOfRangeException(nameof(rows), $"rows up to {rows[rows.Count - 1].End} of {file.RowCount}");
        }

        (_file, _rows, _budget, _columns) = (file, rows, budget, columns);

        // The first column with lists says how many rows make a batch.
        _leader = Math.Max(0, Array.FindIndex(columns, c => c.MaxRepetition > 0));
    }

    /// <summary>Rows of the batch.</summary>
    public int Count { get; private set; }

    /// <summary>How many of the rows asked for came before the batch.</summary>
    public int FirstOrdinal { get; private set; }

    /// <summary>The rows of the batch in the file, as intervals: first row and number.</summary>
    public IReadOnlyList<(int First, int Count)> Rows => _taken;

    /// <summary>The values of the n-th column that was asked for.</summary>
    public ColumnBatch this[int column] => _cursors![column].Batch;

    /// <summary>Goes on to the next batch; false after the last.</summary>
    /// <exception cref="DamagedBlockException">The file is damaged.</exception>
    public async ValueTask<bool> Next(CancellationToken cancellation)
    {
        FirstOrdinal += Count;
        Count = 0;
        _taken.Clear();
        if (_range == _rows.Count || _columns.Length == 0)
        {
            return false;
        }

        _cursors ??= await Open(cancellation);
        foreach (ColumnCursor cursor in _cursors)
        {
            cursor.Batch.Clear();
        }

        ColumnCursor leader = _cursors[_leader];
        while (_range < _rows.Count && Count < RowsMax && (Count == 0 || leader.Batch.Count < ValuesTarget))
        {
            (int first, int end) = _rows[_range];
            first += _within;
            int got = await leader.Take(first, Math.Min(end - first, RowsMax - Count), ValuesTarget, cancellation);
            _taken.Add((first, got));
            Count += got;
            (_range, _within) = first + got == end ? (_range + 1, 0) : (_range, _within + got);
        }

        for (int i = 0; i < _cursors.Length; i++)
        {
            for (int t = 0; i != _leader && t < _taken.Count; t++)
            {
                await _cursors[i].Take(_taken[t].First, _taken[t].Count, int.MaxValue, cancellation);
            }
        }

        return true;
    }

    /// <summary>Ends reads under way and gives the buffers back.</summary>
    public async ValueTask DisposeAsync()
    {
        ColumnCursor[] cursors = _cursors ?? [];
        _range = _rows.Count;
        _cursors = [];
        foreach (ColumnCursor cursor in cursors)
        {
            await cursor.Close();
        }
    }

    private async ValueTask<ColumnCursor[]> Open(CancellationToken cancellation)
    {
        var cursors = new List<ColumnCursor>(_columns.Length);
        try
        {
            foreach (ParquetColumn column in _columns)
            {
                cursors.Add(await ColumnCursor.Open(_file, column, _rows, _budget / _columns.Length, cancellation));
            }

            return [.. cursors];
        }
        catch
        {
            foreach (ColumnCursor cursor in cursors)
            {
                await cursor.Close();
            }

            throw;
        }
    }
}
