namespace Pyro.Blocks.Parquet;

/// <summary>Page headers and page indexes from their bytes. Source: the Parquet format's parquet.thrift, README and PageIndex.md.</summary>
internal static class PageReader
{
    /// <summary>Reads the header of a page.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static PageHeader Header(ReadOnlySpan<byte> bytes)
    {
        var reader = new ThriftReader(bytes);
        var header = new PageHeader { IsCompressed = true, ValueCount = -1, CompressedBytes = -1, UncompressedBytes = -1 };
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 1:
                    header.Type = (PageType)reader.Count(type);
                    break;
                case 2:
                    header.UncompressedBytes = reader.Count(type);
                    break;
                case 3:
                    header.CompressedBytes = reader.Count(type);
                    break;
                case 4:
                    header.Crc = (uint)reader.Int32(type);
                    header.HasCrc = true;
                    break;
                case 5 or 7 when type == ThriftType.Struct:
                    One(ref reader, ref header);
                    break;
                case 8 when type == ThriftType.Struct:
                    Two(ref reader, ref header);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        header.Length = reader.Position;
        bool complete = header is { CompressedBytes: >= 0, UncompressedBytes: >= 0 } && (header.ValueCount >= 0 || header.Type == PageType.Index);
        return complete ? header : throw new InvalidDataException("a page header without lengths or number of values");
    }

    /// <summary>Reads where the pages of a chunk lie.</summary>
    /// <exception cref="InvalidDataException">It is no offset index.</exception>
    public static PageLocation[] Offsets(ReadOnlySpan<byte> bytes)
    {
        var reader = new ThriftReader(bytes);
        PageLocation[] pages = [];
        while (reader.Next(out int field, out ThriftType type))
        {
            if (field != 1)
            {
                reader.Skip(type);
                continue;
            }

            pages = new PageLocation[reader.List(type, ThriftType.Struct)];
            for (int i = 0; i < pages.Length; i++)
            {
                pages[i] = Location(ref reader);
            }
        }

        reader.ExpectEnd();
        return pages;
    }

    /// <summary>Reads least and greatest values of the pages of a chunk.</summary>
    /// <exception cref="InvalidDataException">It is no column index.</exception>
    public static ColumnIndex Extremes(ReadOnlySpan<byte> bytes)
    {
        var reader = new ThriftReader(bytes);
        var index = new ColumnIndex();
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 1:
                    for (int i = reader.List(type, ThriftType.True); i > 0; i--)
                    {
                        index.NullPages.Add(reader.BooleanItem());
                    }

                    break;
                case 2 or 3:
                    List<byte[]> values = field == 2 ? index.Min : index.Max;
                    for (int i = reader.List(type, ThriftType.Binary); i > 0; i--)
                    {
                        values.Add(reader.Binary().ToArray());
                    }

                    break;
                case 4:
                    index.Order = reader.Count(type);
                    break;
                case 5:
                    for (int i = reader.List(type, ThriftType.Int64); i > 0; i--)
                    {
                        index.NullCounts.Add(reader.Int64());
                    }

                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.ExpectEnd();
        if (index is { Min.Count: 0, Max.Count: 0 } && !index.NullPages.Contains(false))
        {
            // parquet-go leaves out the values of 16 bytes of chunks that have none.
            index.Min.AddRange(index.NullPages.Select(static _ => Array.Empty<byte>()));
            index.Max.AddRange(index.Min);
        }

        return index.Min.Count == index.NullPages.Count && index.Max.Count == index.NullPages.Count
            ? index
            : throw new InvalidDataException("a column index with lists of different lengths");
    }

    private static PageLocation Location(ref ThriftReader reader)
    {
        int outer = reader.Begin();
        long offset = -1, firstRow = -1;
        int length = -1;
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 1:
                    offset = reader.Int64(type);
                    break;
                case 2:
                    length = reader.Count(type);
                    break;
                case 3:
                    firstRow = reader.Int64(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.End(outer);
        return offset >= 0 && length > 0 && firstRow >= 0
            ? new PageLocation(offset, length, firstRow)
            : throw new InvalidDataException("a page without place, length or row");
    }

    /// <summary>The header of a data page of version 1 or of a dictionary.</summary>
    private static void One(ref ThriftReader reader, ref PageHeader header)
    {
        int outer = reader.Begin();
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 1:
                    header.ValueCount = reader.Count(type);
                    break;
                case 2:
                    header.Encoding = (ParquetEncoding)reader.Count(type);
                    break;
                case 3 when type == ThriftType.Int32:
                    header.DefinitionEncoding = (ParquetEncoding)reader.Count(type);
                    break;
                case 4 when type == ThriftType.Int32:
                    header.RepetitionEncoding = (ParquetEncoding)reader.Count(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.End(outer);
    }

    private static void Two(ref ThriftReader reader, ref PageHeader header)
    {
        int outer = reader.Begin();
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 1:
                    header.ValueCount = reader.Count(type);
                    break;
                case 2:
                    header.NullCount = reader.Count(type);
                    break;
                case 3:
                    header.RowCount = reader.Count(type);
                    break;
                case 4:
                    header.Encoding = (ParquetEncoding)reader.Count(type);
                    break;
                case 5:
                    header.DefinitionBytes = reader.Count(type);
                    break;
                case 6:
                    header.RepetitionBytes = reader.Count(type);
                    break;
                case 7:
                    header.IsCompressed = ThriftReader.Boolean(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.End(outer);
    }
}
