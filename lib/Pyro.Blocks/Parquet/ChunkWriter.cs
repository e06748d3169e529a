using System.IO.Hashing;
using System.Runtime.InteropServices;
using Pyro.Memory;

namespace Pyro.Blocks.Parquet;

/// <summary>
/// The encoded pages of one column in one row group, twice: without and with a dictionary, until one is certainly smaller or the group ends.
/// </summary>
internal sealed class ChunkWriter(ParquetColumn column) : IDisposable
{
    /// <summary>A dictionary is given up once it takes more than three halves of the bytes without it, after the first page.</summary>
    private const int GiveUpHalves = 3;

    /// <summary>Larger dictionaries cost readers of single pages too much.</summary>
    private const int DictionaryBytesMax = 4 << 20;

    private readonly ByteSlabs _direct = new(), _indexed = new();
    private readonly LeaseWriter _scratch = new(1024), _body = new(4096), _header = new(64);
    private readonly ValueDictionary _dictionary = new(column);
    private readonly RleWriter _runs = new();
    private readonly List<(int Direct, int Indexed, int FirstRow)> _pages = [];
    private readonly List<ParquetEncoding> _encodings = [];
    private readonly PageExtremes _extremes = new(column);
    private uint[] _indexes = [];
    private int[] _narrow = [];
    private bool _tries = column.Type != ParquetType.Boolean;
    private long _levels;

    /// <summary>Rows so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Length => _direct.Length + _indexed.Length + _dictionary.Plain.Length;

    /// <summary>Adds a page.</summary>
    public void Add(
        ReadOnlySpan<byte> repetition, ReadOnlySpan<byte> definition, ReadOnlySpan<long> numbers, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> lengths, int values, int levels, int rows)
    {
        long direct = _direct.Length, indexed = _indexed.Length;
        ParquetEncoding encoding = Direct(numbers, bytes, lengths, values);
        if (!_encodings.Contains(encoding))
        {
            _encodings.Add(encoding);
        }

        Page(_direct, repetition, definition, encoding, values, levels, rows);
        if (_tries)
        {
            Indexed(numbers, bytes, lengths, values);
            Page(_indexed, repetition, definition, ParquetEncoding.RleDictionary, values, levels, rows);
            long with = _indexed.Length + _dictionary.Plain.Length;
            _tries = _dictionary.Plain.Length <= DictionaryBytesMax && (_pages.Count == 0 || 2 * with <= (long)GiveUpHalves * _direct.Length);
        }

        _pages.Add(((int)(_direct.Length - direct), (int)(_indexed.Length - indexed), Rows));
        _extremes.Add(numbers, bytes, lengths, values, levels);
        _levels += levels;
        Rows += rows;
    }

    /// <summary>Describes the chunk as it will lie at a place, and gives its bytes, valid until <see cref="Clear"/>.</summary>
    public (ColumnChunk Chunk, List<PageLocation> Pages, PageExtremes Extremes) Finish(long offset, List<ReadOnlyMemory<byte>> into)
    {
        _scratch.Truncate(0);
        if (_tries)
        {
            MetadataWriter.DictionaryPage(_scratch, _dictionary.Plain.Length, Crc32.HashToUInt32(_dictionary.Plain), _dictionary.Count);
            _scratch.Write(_dictionary.Plain);
        }

        bool indexed = _tries && _dictionary.Count > 0 && _scratch.Length + _indexed.Length < _direct.Length;
        int before = indexed ? _scratch.Length : 0;
        long length = before + (indexed ? _indexed.Length : _direct.Length);
        var chunk = new ColumnChunk
        {
            Type = column.Type,
            ValueCount = _levels,
            NullCount = _extremes.Nulls,
            UncompressedBytes = length,
            CompressedBytes = length,
            DataPageOffset = offset + before,
            DictionaryPageOffset = indexed ? offset : 0,
            Min = _extremes.Least,
            Max = _extremes.Greatest,
        };
        chunk.Encodings.Add(ParquetEncoding.Rle);
        chunk.Encodings.AddRange(indexed ? [ParquetEncoding.Plain, ParquetEncoding.RleDictionary] : _encodings);
        var pages = new List<PageLocation>(_pages.Count);
        long at = chunk.DataPageOffset;
        foreach ((int direct, int index, int firstRow) in _pages)
        {
            pages.Add(new PageLocation(at, indexed ? index : direct, firstRow));
            at += indexed ? index : direct;
        }

        if (indexed)
        {
            into.Add(_scratch.WrittenMemory);
        }

        (indexed ? _indexed : _direct).AddTo(into);
        return (chunk, pages, _extremes);
    }

    /// <summary>Begins the next row group.</summary>
    public void Clear()
    {
        _direct.Clear();
        _indexed.Clear();
        _dictionary.Clear();
        _pages.Clear();
        _encodings.Clear();
        _extremes.Clear();
        _tries = column.Type != ParquetType.Boolean;
        (_levels, Rows) = (0, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _direct.Dispose();
        _indexed.Dispose();
        _scratch.Dispose();
        _body.Dispose();
        _header.Dispose();
        _dictionary.Dispose();
        _runs.Dispose();
    }

    /// <summary>Values without a dictionary into the scratch, in the smaller of two ways.</summary>
    private ParquetEncoding Direct(ReadOnlySpan<long> numbers, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> lengths, int values)
    {
        _scratch.Truncate(0);
        if (values == 0)
        {
            return ParquetEncoding.Plain;
        }

        if (column.Type == ParquetType.Boolean)
        {
            Booleans(numbers);
            return ParquetEncoding.Plain;
        }

        if (column.IsBytes && column.Width > 0)
        {
            _scratch.Write(bytes);
            return ParquetEncoding.Plain;
        }

        if (column.IsBytes)
        {
            DeltaBinaryPacked.Encode(lengths, _scratch, tight: true);
            _scratch.Write(bytes);
            return ParquetEncoding.DeltaLengthByteArray;
        }

        if (column.Type == ParquetType.Int32)
        {
            DeltaBinaryPacked.Encode(Narrow(numbers), _scratch, tight: true);
        }
        else
        {
            DeltaBinaryPacked.Encode(numbers, _scratch, tight: true);
        }

        if (_scratch.Length <= (long)values * column.Width)
        {
            return ParquetEncoding.DeltaBinaryPacked;
        }

        _scratch.Truncate(0);
        _scratch.Write(column.Width == 8 ? MemoryMarshal.AsBytes(numbers) : MemoryMarshal.AsBytes(Narrow(numbers)));
        return ParquetEncoding.Plain;
    }

    private ReadOnlySpan<int> Narrow(ReadOnlySpan<long> numbers)
    {
        if (_narrow.Length < numbers.Length)
        {
            _narrow = new int[Math.Max(numbers.Length, 2 * _narrow.Length)];
        }

        for (int i = 0; i < numbers.Length; i++)
        {
            _narrow[i] = (int)numbers[i];
        }

        return _narrow.AsSpan(0, numbers.Length);
    }

    private void Booleans(ReadOnlySpan<long> numbers)
    {
        for (int at = 0; at < numbers.Length; at += 8)
        {
            int bits = 0;
            for (int i = at; i < Math.Min(at + 8, numbers.Length); i++)
            {
                bits |= (numbers[i] != 0 ? 1 : 0) << (i - at);
            }

            _scratch.Write([(byte)bits]);
        }
    }

    /// <summary>Values as indexes into the dictionary into the scratch.</summary>
    private void Indexed(ReadOnlySpan<long> numbers, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> lengths, int values)
    {
        _scratch.Truncate(0);
        if (_indexes.Length < values)
        {
            _indexes = new uint[Math.Max(values, 2 * _indexes.Length)];
        }

        Span<uint> indexes = _indexes.AsSpan(0, values);
        _dictionary.Indexes(numbers, indexes);
        for (int i = 0, at = 0; column.IsBytes && i < indexes.Length; i++)
        {
            int length = column.Width > 0 ? column.Width : lengths[i];
            indexes[i] = (uint)_dictionary.Index(bytes.Slice(at, length));
            at += length;
        }

        int width = RleWriter.WidthOf((uint)Math.Max(0, _dictionary.Count - 1));
        _runs.Start(width);
        _runs.AddAll(indexes);
        _scratch.Write([(byte)width]);
        _scratch.Write(_runs.Finish());
    }

    private void Page(ByteSlabs output, ReadOnlySpan<byte> repetition, ReadOnlySpan<byte> definition, ParquetEncoding encoding, int values, int levels, int rows)
    {
        _body.Truncate(0);
        _body.Write(repetition);
        _body.Write(definition);
        _body.Write(_scratch.Written);
        _header.Truncate(0);
        MetadataWriter.DataPage(_header, _body.Length, Crc32.HashToUInt32(_body.Written), levels, levels - values, rows, encoding, definition.Length, repetition.Length);
        output.Write(_header.Written);
        output.Write(_body.Written);
    }
}
