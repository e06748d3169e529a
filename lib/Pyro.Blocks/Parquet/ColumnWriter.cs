using Pyro.Memory;

namespace Pyro.Blocks.Parquet;

/// <summary>
/// One column of a <see cref="ParquetWriter"/>: for each row one value, or for a list its number of entries and then each of them. Each
/// page is encoded in the smallest way; beside it with a dictionary as long as that may turn out smaller for the whole chunk.
/// </summary>
public sealed class ColumnWriter : IDisposable
{
    private const int PageValuesMax = 1 << 16, PageRowsMax = 1 << 14, PageBytesMax = 1 << 20;
    private readonly int _nullLevel;
    private readonly RleWriter _repetition = new(), _definition = new();
    private readonly LeaseWriter _bytes = new(256);
    private long[] _numbers = new long[256];
    private int[] _lengths = new int[16];
    private int _values, _levels, _rows, _entriesLeft;

    internal ColumnWriter(ParquetColumn column)
    {
        if (column.MaxRepetition > 2 || column.Type is ParquetType.Int96 or ParquetType.Float or ParquetType.Double)
        {
            throw new NotSupportedException($"column {column.Path} is of a kind that is not written");
        }

        Column = column;
        Pages = new ChunkWriter(column);

        // In lists within lists only the outer one is filled: all of them are empty, which is the level below their entries'.
        _nullLevel = column.MaxRepetition == 2 ? column.EntryDefinition - 1 : column.MaxDefinition - 1;
        StartPage();
    }

    /// <summary>The column.</summary>
    public ParquetColumn Column { get; }

    /// <summary>What is in the row group so far.</summary>
    internal ChunkWriter Pages { get; }

    /// <summary>Bytes held.</summary>
    internal long Held => Pages.Length + (8L * _values) + _bytes.Length;

    /// <summary>Begins the list of a row; so many entries follow.</summary>
    public void AddList(int entries)
    {
        if (_entriesLeft > 0 || Column.MaxRepetition == 0)
        {
            throw new InvalidOperationException($"column {Column.Path}: a list where none begins");
        }

        _entriesLeft = entries;
        _repetition.Add(0, 1);
        if (entries > 0)
        {
            _repetition.Add(1, entries - 1);
        }
        else
        {
            _definition.Add(0, 1);
            _levels++;
        }

        _rows++;
    }

    /// <summary>A number: the row's value or the next entry of its list.</summary>
    public void Add(long value) => AddAll([value]);

    /// <summary>Numbers, each as by <see cref="Add(long)"/>.</summary>
    public void AddAll(ReadOnlySpan<long> values)
    {
        Entries(values.Length, (uint)Column.MaxDefinition);
        if (_numbers.Length - _values < values.Length)
        {
            Array.Resize(ref _numbers, Math.Max(_values + values.Length, 2 * _numbers.Length));
        }

        values.CopyTo(_numbers.AsSpan(_values));
        _values += values.Length;
    }

    /// <summary>Bytes: the row's value or the next entry of its list.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        if (Column.Width > 0 && value.Length != Column.Width)
        {
            throw new ArgumentException($"column {Column.Path}: a value of {value.Length} bytes where they have {Column.Width}", nameof(value));
        }

        Entries(1, (uint)Column.MaxDefinition);
        _bytes.Write(value);
        if (Column.Width == 0)
        {
            if (_lengths.Length == _values)
            {
                Array.Resize(ref _lengths, 2 * _values);
            }

            _lengths[_values] = value.Length;
        }

        _values++;
    }

    /// <summary>Nulls: for so many rows, or so many entries of the row's list; for a list within a list empty ones.</summary>
    public void AddNulls(int count)
    {
        if (_nullLevel < Column.EntryDefinition && Column.MaxRepetition != 2)
        {
            throw new InvalidOperationException($"column {Column.Path} takes no nulls");
        }

        Entries(count, (uint)_nullLevel);
    }

    /// <summary>Ends a row: every column must have it.</summary>
    internal void EndRow(int rows)
    {
        if (_entriesLeft != 0 || Pages.Rows + _rows != rows)
        {
            throw new InvalidOperationException($"column {Column.Path} has not what belongs to row {rows} of its group");
        }

        if (_values >= PageValuesMax || _rows >= PageRowsMax || _bytes.Length >= PageBytesMax)
        {
            EndPage();
        }
    }

    /// <summary>Ends the page, when there is anything in it.</summary>
    internal void EndPage()
    {
        if (_rows == 0)
        {
            return;
        }

        ReadOnlySpan<byte> repetition = Column.MaxRepetition > 0 ? _repetition.Finish() : [];
        ReadOnlySpan<byte> definition = Column.MaxDefinition > 0 ? _definition.Finish() : [];
        Pages.Add(repetition, definition, _numbers.AsSpan(0, Column.IsBytes ? 0 : _values), _bytes.Written, _lengths.AsSpan(0, Column.IsBytes && Column.Width == 0 ? _values : 0), _values, _levels, _rows);
        StartPage();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _repetition.Dispose();
        _definition.Dispose();
        _bytes.Dispose();
        Pages.Dispose();
    }

    private void StartPage()
    {
        (_values, _levels, _rows) = (0, 0, 0);
        _bytes.Truncate(0);
        _repetition.Start(RleWriter.WidthOf((uint)Column.MaxRepetition));
        _definition.Start(RleWriter.WidthOf((uint)Column.MaxDefinition));
    }

    private void Entries(int count, uint level)
    {
        _definition.Add(level, count);
        _levels += count;
        if (Column.MaxRepetition == 0)
        {
            _rows += count;
        }
        else if ((_entriesLeft -= count) < 0)
        {
            throw new InvalidOperationException($"column {Column.Path}: more entries than the list has");
        }
    }
}
