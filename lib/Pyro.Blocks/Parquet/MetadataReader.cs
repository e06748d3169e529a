using System.Text;

namespace Pyro.Blocks.Parquet;

/// <summary>
/// The footer from its bytes. Counts are bounded by the bytes that hold them; what does not fit together is refused here, so that the
/// rest need not ask again. Source: the Parquet format's parquet.thrift.
/// </summary>
internal static class MetadataReader
{
    private const int FieldsMax = 4096, DepthMax = 16, NameBytesMax = 256, GroupsMax = 1 << 20;

    // Of a chunk: its values, its bytes, and where it begins. What so long a footer may tell of all chunks can be added.
    private const long ChunkMax = 1L << 42;

    private record struct Element(string Name, int? Type, int TypeLength, int Repetition, int Children, int Converted, ParquetLogical Logical);

    /// <summary>Reads a footer.</summary>
    /// <param name="bytes">The footer.</param>
    /// <param name="whole">With encodings and statistics of the chunks.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static ParquetMetadata Read(ReadOnlySpan<byte> bytes, bool whole)
    {
        var reader = new ThriftReader(bytes);
        ParquetSchema? schema = null;
        List<RowGroup> groups = [];
        int version = 0;
        string createdBy = "";
        long rows = -1;
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 1:
                    version = reader.Int32(type);
                    break;
                case 2:
                    schema = Schema(ref reader, reader.List(type, ThriftType.Struct));
                    break;
                case 3:
                    rows = reader.Int64(type);
                    break;
                case 4:
                    int count = reader.List(type, ThriftType.Struct);
                    Check(count <= GroupsMax, $"{count} row groups");
                    Check(schema is not null, "row groups before the schema");
                    for (int i = 0; i < count; i++)
                    {
                        groups.Add(Group(ref reader, schema!, whole));
                    }

                    break;
                case 6:
                    createdBy = Encoding.UTF8.GetString(reader.Binary(type));
                    break;
                case 8:
                    throw new InvalidDataException("the file is encrypted");
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.ExpectEnd();
        Check(schema is not null, "no schema");
        var metadata = new ParquetMetadata { Schema = schema!, Version = version, CreatedBy = createdBy };
        foreach (RowGroup group in groups)
        {
            group.FirstRow = metadata.RowCount;
            metadata.RowCount += group.RowCount;
            Check(metadata.RowCount <= int.MaxValue, "more than 2^31 rows");
            metadata.Groups.Add(group);
        }

        Check(rows == metadata.RowCount, $"{rows} rows in all where the row groups have {metadata.RowCount}");
        return metadata;
    }

    private static ParquetSchema Schema(ref ThriftReader reader, int count)
    {
        Check(count is > 0 and <= FieldsMax, $"a schema of {count} fields");
        var elements = new Element[count];
        for (int i = 0; i < count; i++)
        {
            elements[i] = ReadElement(ref reader);
        }

        int next = 1;
        var fields = new List<ParquetField>();
        for (int i = 0; i < elements[0].Children; i++)
        {
            fields.Add(Field(elements, ref next, 0));
        }

        Check(next == count, "fields beside the tree of the schema");
        Check(fields.Count > 0, "a schema without columns");
        return new ParquetSchema(elements[0].Name, fields);
    }

    private static ParquetField Field(Element[] elements, ref int next, int depth)
    {
        Check(next < elements.Length && depth < DepthMax, "the tree of the schema is broken or too deep");
        Element element = elements[next++];
        Check(element.Repetition is >= 0 and <= 2, $"field {element.Name} has repetition {element.Repetition}");
        var children = new List<ParquetField>();
        for (int i = 0; i < element.Children; i++)
        {
            children.Add(Field(elements, ref next, depth + 1));
        }

        Check(element.Children > 0 || element.Type is >= 0 and <= 7, $"column {element.Name} has no type");
        var type = (ParquetType)(element.Type ?? 0);
        Check(type != ParquetType.FixedLenByteArray || element.TypeLength is > 0 and <= 1 << 16, $"column {element.Name} has values of {element.TypeLength} bytes");
        return new ParquetField(
            element.Name,
            (ParquetRepetition)element.Repetition,
            type,
            element.Logical != ParquetLogical.None ? element.Logical : FromConverted(element.Converted),
            type == ParquetType.FixedLenByteArray ? element.TypeLength : 0,
            children);
    }

    private static ParquetLogical FromConverted(int converted) => converted switch
    {
        0 => ParquetLogical.String,
        3 => ParquetLogical.List,
        11 or 12 or 13 => ParquetLogical.UInt32,
        14 => ParquetLogical.UInt64,
        18 => ParquetLogical.Int64,
        _ => ParquetLogical.None,
    };

    private static Element ReadElement(ref ThriftReader reader)
    {
        var element = new Element("", null, 0, 0, 0, -1, ParquetLogical.None);
        int outer = reader.Begin();
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 1:
                    element.Type = reader.Count(type);
                    break;
                case 2:
                    element.TypeLength = reader.Int32(type);
                    break;
                case 3:
                    element.Repetition = reader.Count(type);
                    break;
                case 4:
                    ReadOnlySpan<byte> name = reader.Binary(type);
                    Check(name.Length <= NameBytesMax, $"a field whose name has {name.Length} bytes");
                    element.Name = Encoding.UTF8.GetString(name);
                    break;
                case 5:
                    element.Children = reader.Count(type);
                    break;
                case 6:
                    element.Converted = reader.Count(type);
                    break;
                case 10 when type == ThriftType.Struct:
                    element.Logical = Logical(ref reader);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.End(outer);
        return element;
    }

    private static ParquetLogical Logical(ref ThriftReader reader)
    {
        var logical = ParquetLogical.None;
        int outer = reader.Begin();
        while (reader.Next(out int field, out ThriftType type))
        {
            if (field == 10 && type == ThriftType.Struct)
            {
                logical = Integer(ref reader);
                continue;
            }

            logical = field switch { 1 => ParquetLogical.String, 3 => ParquetLogical.List, 14 => ParquetLogical.Uuid, _ => ParquetLogical.None };
            reader.Skip(type);
        }

        reader.End(outer);
        return logical;
    }

    private static ParquetLogical Integer(ref ThriftReader reader)
    {
        bool signed = true;
        int bits = 0, outer = reader.Begin();
        while (reader.Next(out int field, out ThriftType type))
        {
            if (field == 1 && type == ThriftType.Byte)
            {
                bits = reader.ByteItem();
            }
            else if (field == 2)
            {
                signed = ThriftReader.Boolean(type);
            }
            else
            {
                reader.Skip(type);
            }
        }

        reader.End(outer);
        return (signed, bits) switch
        {
            (true, 64) => ParquetLogical.Int64,
            (false, 64) => ParquetLogical.UInt64,
            (false, <= 32) => ParquetLogical.UInt32,
            _ => ParquetLogical.None,
        };
    }

    private static RowGroup Group(ref ThriftReader reader, ParquetSchema schema, bool whole)
    {
        var group = new RowGroup { RowCount = -1 };
        int outer = reader.Begin();
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 1:
                    int count = reader.List(type, ThriftType.Struct);
                    Check(count == schema.Columns.Count, $"a row group of {count} columns where the schema has {schema.Columns.Count}");
                    group.Chunks = new ColumnChunk[count];
                    for (int i = 0; i < count; i++)
                    {
                        group.Chunks[i] = Chunk(ref reader, schema.Columns[i], whole);
                    }

                    break;
                case 2:
                    group.UncompressedBytes = reader.Int64(type);
                    break;
                case 3:
                    group.RowCount = reader.Int64(type);
                    break;
                case 5:
                    group.FileOffset = reader.Int64(type);
                    break;
                case 6:
                    group.CompressedBytes = reader.Int64(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.End(outer);
        Check(group.RowCount is >= 0 and <= int.MaxValue, $"a row group of {group.RowCount} rows");
        Check(group.Chunks.Length == schema.Columns.Count, "a row group without columns");
        return group;
    }

    private static ColumnChunk Chunk(ref ThriftReader reader, ParquetColumn column, bool whole)
    {
        var chunk = new ColumnChunk();
        int outer = reader.Begin();
        bool described = false;
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 1:
                    throw new InvalidDataException("columns in other files");
                case 3 when type == ThriftType.Struct:
                    Describe(ref reader, chunk, column, whole);
                    described = true;
                    break;
                case 4:
                    chunk.OffsetIndexOffset = reader.Int64(type);
                    break;
                case 5:
                    chunk.OffsetIndexLength = reader.Count(type);
                    break;
                case 6:
                    chunk.ColumnIndexOffset = reader.Int64(type);
                    break;
                case 7:
                    chunk.ColumnIndexLength = reader.Count(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.End(outer);
        Check(described, "a column chunk without description");
        return chunk;
    }

    private static void Describe(ref ThriftReader reader, ColumnChunk chunk, ParquetColumn column, bool whole)
    {
        int outer = reader.Begin();
        bool ofColumn = false;
        (long values, long bytes, long data) = (-1, -1, -1);
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 1:
                    chunk.Type = (ParquetType)reader.Count(type);
                    break;
                case 2 when whole:
                    for (int i = reader.List(type, ThriftType.Int32); i > 0; i--)
                    {
                        chunk.Encodings.Add((ParquetEncoding)reader.Int64());
                    }

                    break;
                case 3:
                    ofColumn = IsPath(ref reader, reader.List(type, ThriftType.Binary), column.Path);
                    break;
                case 4:
                    chunk.Codec = (ParquetCodec)reader.Count(type);
                    break;
                case 5:
                    values = reader.Int64(type);
                    break;
                case 6:
                    chunk.UncompressedBytes = reader.Int64(type);
                    break;
                case 7:
                    bytes = reader.Int64(type);
                    break;
                case 9:
                    data = reader.Int64(type);
                    break;
                case 11:
                    chunk.DictionaryPageOffset = reader.Int64(type);
                    break;
                case 12 when whole && type == ThriftType.Struct:
                    Statistics(ref reader, chunk);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.End(outer);
        Check(ofColumn && chunk.Type == column.Type, $"the chunk of column {column.Path} is of another column or type than the schema says");
        Check(values >= 0 && bytes >= 0 && data >= 4 && chunk is { DictionaryPageOffset: >= 0, UncompressedBytes: >= 0 }, "a column chunk without number, length or place of its values");
        Check(
            values <= ChunkMax && bytes <= ChunkMax && data <= ChunkMax && chunk is { DictionaryPageOffset: <= ChunkMax, UncompressedBytes: <= ChunkMax },
            "a column chunk that is longer or lies farther than any");
        (chunk.ValueCount, chunk.CompressedBytes, chunk.DataPageOffset) = (values, bytes, data);
    }

    /// <summary>Whether so many names are those of a path with dots between.</summary>
    private static bool IsPath(ref ThriftReader reader, int names, ReadOnlySpan<char> path)
    {
        bool same = names > 0;
        Span<char> name = stackalloc char[NameBytesMax];
        for (int i = 0; i < names; i++)
        {
            ReadOnlySpan<byte> bytes = reader.Binary();
            ReadOnlySpan<char> text = bytes.Length <= name.Length ? name[..Encoding.UTF8.GetChars(bytes, name)] : default;
            same &= path.StartsWith(text, StringComparison.Ordinal) && (i == names - 1 ? path.Length == text.Length : path.Length > text.Length && path[text.Length] == '.');
            path = path[Math.Min(path.Length, text.Length + 1)..];
        }

        return same;
    }

    private static void Statistics(ref ThriftReader reader, ColumnChunk chunk)
    {
        int outer = reader.Begin();
        while (reader.Next(out int field, out ThriftType type))
        {
            switch (field)
            {
                case 3:
                    chunk.NullCount = reader.Int64(type);
                    break;
                case 5:
                    chunk.Max = reader.Binary(type).ToArray();
                    break;
                case 6:
                    chunk.Min = reader.Binary(type).ToArray();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.End(outer);
    }

    private static void Check(bool holds, string fault)
    {
        if (!holds)
        {
            throw new InvalidDataException(fault);
        }
    }
}
