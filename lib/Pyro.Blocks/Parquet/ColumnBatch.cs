namespace Pyro.Blocks.Parquet;

/// <summary>
/// The values of one column for some rows, as columns of their own. Numbers (also booleans, 0 and 1, and the bits of floats) lie in
/// <see cref="Numbers"/>, everything else in <see cref="Bytes"/>. What is null is 0 or no bytes (zeros where values have a fixed length).
/// Valid until the next batch is asked for.
/// </summary>
public sealed class ColumnBatch
{
    /// <summary>Bytes of values in one batch; more are refused.</summary>
    private const int BytesMax = 1 << 27;

    /// <summary>Values in one batch; more are refused.</summary>
    private const int ValuesMax = 1 << 23;

    /// <summary>Values in one row; more are refused.</summary>
    internal const int RowValuesMax = 1 << 22;

    private readonly ParquetColumn _column;
    private long[] _numbers = [];
    private byte[] _bytes = [], _nulls = [];
    private int[] _byteEnds = [], _rowEnds = [];
    private int _bytesLength, _rows;
    private bool _anyNull;

    internal ColumnBatch(ParquetColumn column) => _column = column;

    /// <summary>Values, nulls included; for a list the entries of all rows.</summary>
    public int Count { get; private set; }

    /// <summary>For each row the end of its entries; empty for a column without a list, which has one value a row.</summary>
    public ReadOnlySpan<int> RowEnds => _rowEnds.AsSpan(0, _rows);

    /// <summary>The values of a column of numbers. 32 bits without sign are widened without sign.</summary>
    public ReadOnlySpan<long> Numbers => _numbers.AsSpan(0, _column.IsBytes ? 0 : Count);

    /// <summary>The values of a column of bytes, one after another.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _bytesLength);

    /// <summary>For each value of bytes of any length where it ends in <see cref="Bytes"/>; empty where all have one length.</summary>
    public ReadOnlySpan<int> ByteEnds => _byteEnds.AsSpan(0, _column.Type == ParquetType.ByteArray ? Count : 0);

    /// <summary>1 where a value is null; empty when none is.</summary>
    public ReadOnlySpan<byte> Nulls => _anyNull ? _nulls.AsSpan(0, Count) : [];

    /// <summary>The bytes of one value.</summary>
    public ReadOnlySpan<byte> BytesOf(int value)
    {
        if (_column.Width > 0)
        {
            return Bytes.Slice(value * _column.Width, _column.Width);
        }

        int from = value == 0 ? 0 : _byteEnds[value - 1];
        return _bytes.AsSpan(from, _byteEnds[value] - from);
    }

    internal void Clear()
    {
        (Count, _bytesLength, _rows, _anyNull) = (0, 0, 0, false);
    }

    internal void EndRow(int values)
    {
        Room(ref _rowEnds, _rows, 1);
        _rowEnds[_rows++] = values;
    }

    /// <summary>Says that the last values are none of them null.</summary>
    internal void AllPresent(int count)
    {
        if (_anyNull)
        {
            Room(ref _nulls, Count - count, count);
            _nulls.AsSpan(Count - count, count).Clear();
        }
    }

    /// <summary>Entries since the last row that ended.</summary>
    internal int OpenCount => Count - (_rows == 0 ? 0 : _rowEnds[_rows - 1]);

    /// <summary>Room for numbers at the end.</summary>
    internal Span<long> AddNumbers(int count)
    {
        CheckCount(count);
        Room(ref _numbers, Count, count);
        Count += count;
        return _numbers.AsSpan(Count - count, count);
    }

    /// <summary>Room for values of the column's fixed length at the end.</summary>
    internal Span<byte> AddFixed(int count)
    {
        CheckCount(count);
        Span<byte> room = BytesRoom((long)count * _column.Width);
        Count += count;
        return room;
    }

    /// <summary>One value of bytes at the end.</summary>
    internal void AddBytes(ReadOnlySpan<byte> value)
    {
        Span<byte> room = BytesRoom(value.Length);
        value.CopyTo(room);
        CheckCount(1);
        Room(ref _byteEnds, Count, 1);
        _byteEnds[Count++] = _bytesLength;
    }

    /// <summary>Moves the last values apart so that those of lower level than the greatest are null.</summary>
    /// <param name="present">Values that were added for these levels, at the end.</param>
    /// <param name="levels">A level for each entry.</param>
    /// <param name="max">The level at which a value is there.</param>
    internal void Spread(int present, ReadOnlySpan<byte> levels, int max)
    {
        int from = Count - present, to = from + levels.Length, value = Count;
        Room(ref _nulls, 0, to);
        if (!_anyNull)
        {
            _nulls.AsSpan(0, from).Clear();
            _anyNull = true;
        }

        if (!_column.IsBytes)
        {
            AddNumbers(levels.Length - present);
        }
        else if (_column.Width > 0)
        {
            AddFixed(levels.Length - present);
        }
        else
        {
            Room(ref _byteEnds, 0, to);
            Count = to;
        }

        int end = value == 0 || _column.Width > 0 ? 0 : _byteEnds.Length == 0 ? 0 : _byteEnds[value - 1];
        for (int i = levels.Length - 1; i >= 0; i--)
        {
            bool there = levels[i] == max;
            value -= there ? 1 : 0;
            _nulls[from + i] = there ? (byte)0 : (byte)1;
            Move(value, from + i, there, ref end);
        }
    }

    private void Move(int from, int to, bool there, ref int end)
    {
        if (!_column.IsBytes)
        {
            _numbers[to] = there ? _numbers[from] : 0;
        }
        else if (_column.Width > 0)
        {
            Span<byte> target = _bytes.AsSpan(to * _column.Width, _column.Width);
            if (there)
            {
                _bytes.AsSpan(from * _column.Width, _column.Width).CopyTo(target);
            }
            else
            {
                target.Clear();
            }
        }
        else
        {
            // Null takes no bytes: it ends where the value before it ends.
            int ends = there ? _byteEnds[from] : end;
            _byteEnds[to] = ends;
            end = there ? from == 0 ? 0 : _byteEnds[from - 1] : end;
        }
    }

    private void CheckCount(int more)
    {
        if (more > ValuesMax - Count)
        {
            throw new InvalidDataException($"more than {ValuesMax} values at once");
        }
    }

    private Span<byte> BytesRoom(long count)
    {
        if (count > BytesMax - _bytesLength)
        {
            throw new InvalidDataException($"more than {BytesMax >> 20} MiB of values at once");
        }

        Room(ref _bytes, _bytesLength, (int)count);
        _bytesLength += (int)count;
        return _bytes.AsSpan(_bytesLength - (int)count, (int)count);
    }

    private static void Room<T>(ref T[] array, int used, int more)
    {
        if (array.Length - used < more)
        {
            Array.Resize(ref array, Math.Max(used + more, Math.Max(256, array.Length * 2)));
        }
    }
}
