using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using Pyro.Memory;

namespace Pyro.Blocks.Parquet;

/// <summary>A data page that was checked and unpacked, with its levels and values to be read piece by piece.</summary>
internal sealed class Page(ParquetColumn column)
{
    private readonly RleDecoder _repetition = new(), _definition = new();
    private readonly Dictionary<ParquetEncoding, ValueDecoder> _decoders = [];
    private ArraySegment<byte> _levels, _values;
    private byte[]? _unpacked;
    private ValueDecoder? _decoder;
    private ParquetEncoding _encoding;
    private ColumnBatch? _dictionary;
    private bool _started;
    private int _oldRepetitionAt, _oldDefinitionAt;
    private bool _oldRepetition, _oldDefinition;

    /// <summary>Levels not yet read; for a flat column its values, nulls included.</summary>
    public int Left { get; private set; }

    /// <summary>Rows of the page; -1 where its header does not say.</summary>
    public int RowCount { get; private set; }

    /// <summary>Takes a dictionary page for the data pages after it.</summary>
    public void OpenDictionary(ArraySegment<byte> bytes, ParquetCodec codec)
    {
        PageHeader header = Check(bytes, out ArraySegment<byte> body);
        if (header.Type != PageType.Dictionary || header.Encoding is not (ParquetEncoding.Plain or ParquetEncoding.PlainDictionary) || column.Type == ParquetType.Boolean)
        {
            throw new InvalidDataException("no dictionary where one belongs");
        }

        Drop();
        ArraySegment<byte> values = Unpack(codec, body, header.UncompressedBytes);
        var dictionary = new ColumnBatch(column);
        ValueDecoder decoder = ValueDecoder.Of(ParquetEncoding.Plain, column, null);
        decoder.Start(values);
        decoder.Read(values, header.ValueCount, dictionary);
        _dictionary = dictionary;
        _decoders.Remove(ParquetEncoding.PlainDictionary);
        _decoders.Remove(ParquetEncoding.RleDictionary);
        Drop();
    }

    /// <summary>Forgets the dictionary, at the begin of a chunk.</summary>
    public void NoDictionary()
    {
        _dictionary = null;
        _decoders.Remove(ParquetEncoding.PlainDictionary);
        _decoders.Remove(ParquetEncoding.RleDictionary);
    }

    /// <summary>Takes a data page.</summary>
    public void Open(ArraySegment<byte> bytes, ParquetCodec codec)
    {
        Drop();
        PageHeader header = Check(bytes, out ArraySegment<byte> body);
        Left = header.ValueCount;
        RowCount = header.Type == PageType.DataV2 ? header.RowCount : -1;
        _encoding = header.Encoding;
        _decoder = null;
        _started = _oldRepetition = _oldDefinition = false;
        switch (header.Type)
        {
            case PageType.Data:
                OpenOne(header, Unpack(codec, body, header.UncompressedBytes));
                break;
            case PageType.DataV2:
                OpenTwo(header, body, header.IsCompressed ? codec : ParquetCodec.Uncompressed);
                break;
            default:
                throw new InvalidDataException($"a page of type {header.Type} where data belong");
        }
    }

    /// <summary>Reads levels; a span is left alone when the column has no such levels.</summary>
    public void ReadLevels(Span<byte> repetition, Span<byte> definition)
    {
        Levels(_repetition, _oldRepetition, ref _oldRepetitionAt, column.MaxRepetition, repetition);
        Levels(_definition, _oldDefinition, ref _oldDefinitionAt, column.MaxDefinition, definition);
        Left -= Math.Max(repetition.Length, definition.Length);
    }

    /// <summary>Reads levels that a flat column without nulls does not have.</summary>
    public void PassLevels(int count) => Left -= count;

    /// <summary>Adds the next values that are there.</summary>
    public void ReadValues(int count, ColumnBatch into)
    {
        if (count > 0)
        {
            Decoder().Read(_values, count, into);
        }
    }

    /// <summary>Passes over values that are there.</summary>
    public void SkipValues(int count)
    {
        if (count > 0)
        {
            Decoder().Skip(_values, count);
        }
    }

    /// <summary>Gives the buffer of unpacked bytes back.</summary>
    public void Drop()
    {
        if (_unpacked is not null)
        {
            ByteBuffers.Return(_unpacked);
            _unpacked = null;
        }
    }

    private ValueDecoder Decoder()
    {
        if (!_started)
        {
            if (!_decoders.TryGetValue(_encoding, out _decoder))
            {
                _decoders[_encoding] = _decoder = ValueDecoder.Of(_encoding, column, _dictionary);
            }

            _decoder.Start(_values);
            _started = true;
        }

        return _decoder!;
    }

    private static PageHeader Check(ArraySegment<byte> bytes, out ArraySegment<byte> body)
    {
        PageHeader header = PageReader.Header(bytes);
        if (header.CompressedBytes > bytes.Count - header.Length || header.UncompressedBytes > PageCodec.PageBytesMax)
        {
            throw new InvalidDataException($"a page of {header.CompressedBytes} bytes, unpacked {header.UncompressedBytes}, in a place of {bytes.Count}");
        }

        body = bytes.Slice(header.Length, header.CompressedBytes);
        if (header.HasCrc && header.Crc != 0 && Crc32.HashToUInt32(body) != header.Crc)
        {
            throw new InvalidDataException("the checksum of a page is wrong");
        }

        return header;
    }

    private void OpenOne(PageHeader header, ArraySegment<byte> body)
    {
        int at = 0;
        at = LevelsOne(body, at, header.RepetitionEncoding, column.MaxRepetition, header.ValueCount, _repetition, ref _oldRepetition, ref _oldRepetitionAt);
        at = LevelsOne(body, at, header.DefinitionEncoding, column.MaxDefinition, header.ValueCount, _definition, ref _oldDefinition, ref _oldDefinitionAt);
        _levels = body[..at];
        _values = body[at..];
    }

    private static int LevelsOne(
        ArraySegment<byte> body, int at, ParquetEncoding encoding, int max, int count, RleDecoder runs, ref bool old, ref int oldAt)
    {
        if (max == 0)
        {
            return at;
        }

        long length;
        if (encoding == ParquetEncoding.BitPacked)
        {
            length = (((long)count * Width(max)) + 7) / 8;
            (old, oldAt) = (true, at * 8);
        }
        else
        {
            length = body.Count - at < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(at));
            at += 4;
        }

        if (length < 0 || length > body.Count - at)
        {
            throw new InvalidDataException("the levels of a page go past its end");
        }

        runs.Start(at, at + (int)length, Width(max));
        return at + (int)length;
    }

    private void OpenTwo(PageHeader header, ArraySegment<byte> body, ParquetCodec codec)
    {
        long levels = (long)header.RepetitionBytes + header.DefinitionBytes;
        if (levels > body.Count || levels > header.UncompressedBytes)
        {
            throw new InvalidDataException("the levels of a page go past its end");
        }

        _repetition.Start(0, header.RepetitionBytes, Width(column.MaxRepetition));
        _definition.Start(header.RepetitionBytes, (int)levels, Width(column.MaxDefinition));
        _levels = body[..(int)levels];
        _values = Unpack(codec, body[(int)levels..], header.UncompressedBytes - (int)levels);
    }

    private ArraySegment<byte> Unpack(ParquetCodec codec, ArraySegment<byte> packed, int length)
    {
        if (!PageCodec.CanHold(codec, packed.Count, length))
        {
            throw new InvalidDataException($"{packed.Count} bytes packed by {codec} are no {length} bytes");
        }

        if (codec == ParquetCodec.Uncompressed)
        {
            return packed;
        }

        _unpacked = ByteBuffers.Rent(length);
        PageCodec.Unpack(codec, packed, _unpacked.AsSpan(0, length));
        return new ArraySegment<byte>(_unpacked, 0, length);
    }

    private void Levels(RleDecoder runs, bool old, ref int oldAt, int max, Span<byte> into)
    {
        if (max == 0)
        {
            return;
        }

        if (old)
        {
            BitPacking.UnpackBigEndian(_levels, Width(max), oldAt, into);
            oldAt += into.Length * Width(max);
        }
        else
        {
            runs.Read(_levels, into);
        }

        if (into.ContainsAnyExceptInRange((byte)0, (byte)max))
        {
            throw new InvalidDataException($"levels above {max}");
        }
    }

    private static int Width(int max) => 32 - BitOperations.LeadingZeroCount((uint)max);
}
