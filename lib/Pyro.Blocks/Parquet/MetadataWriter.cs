using System.Text;
using Pyro.Memory;

namespace Pyro.Blocks.Parquet;

/// <summary>Page headers, page indexes and the footer as bytes. Source: the Parquet format's parquet.thrift.</summary>
internal static class MetadataWriter
{
    /// <summary>The header of a data page of version 2.</summary>
    public static void DataPage(
        LeaseWriter output, int length, uint crc, int values, int nulls, int rows, ParquetEncoding encoding, int definitionBytes, int repetitionBytes)
    {
        var thrift = new ThriftWriter(output);
        int outer = thrift.Begin();
        thrift.Int32(1, (int)PageType.DataV2);
        thrift.Int32(2, length);
        thrift.Int32(3, length);
        thrift.Int32(4, (int)crc);
        int page = thrift.Begin(8);
        thrift.Int32(1, values);
        thrift.Int32(2, nulls);
        thrift.Int32(3, rows);
        thrift.Int32(4, (int)encoding);
        thrift.Int32(5, definitionBytes);
        thrift.Int32(6, repetitionBytes);
        thrift.Boolean(7, false);
        thrift.End(page);
        thrift.End(outer);
    }

    /// <summary>The header of a dictionary page.</summary>
    public static void DictionaryPage(LeaseWriter output, int length, uint crc, int values)
    {
        var thrift = new ThriftWriter(output);
        int outer = thrift.Begin();
        thrift.Int32(1, (int)PageType.Dictionary);
        thrift.Int32(2, length);
        thrift.Int32(3, length);
        thrift.Int32(4, (int)crc);
        int page = thrift.Begin(7);
        thrift.Int32(1, values);
        thrift.Int32(2, (int)ParquetEncoding.Plain);
        thrift.End(page);
        thrift.End(outer);
    }

    /// <summary>Least and greatest values of the pages of a chunk.</summary>
    public static void ColumnIndex(LeaseWriter output, ColumnIndex index)
    {
        var thrift = new ThriftWriter(output);
        int outer = thrift.Begin();
        thrift.List(1, ThriftType.True, index.NullPages.Count);
        index.NullPages.ForEach(thrift.Boolean);
        thrift.List(2, ThriftType.Binary, index.Min.Count);
        index.Min.ForEach(v => thrift.Binary(v));
        thrift.List(3, ThriftType.Binary, index.Max.Count);
        index.Max.ForEach(v => thrift.Binary(v));
        thrift.Int32(4, index.Order);
        thrift.List(5, ThriftType.Int64, index.NullCounts.Count);
        index.NullCounts.ForEach(thrift.Number);
        thrift.End(outer);
    }

    /// <summary>Where the pages of a chunk lie.</summary>
    public static void OffsetIndex(LeaseWriter output, IReadOnlyList<PageLocation> pages)
    {
        var thrift = new ThriftWriter(output);
        int outer = thrift.Begin();
        thrift.List(1, ThriftType.Struct, pages.Count);
        foreach (PageLocation page in pages)
        {
            int location = thrift.Begin();
            thrift.Int64(1, page.Offset);
            thrift.Int32(2, page.Length);
            thrift.Int64(3, page.FirstRow);
            thrift.End(location);
        }

        thrift.End(outer);
    }

    /// <summary>The footer.</summary>
    public static void Footer(LeaseWriter output, ParquetMetadata metadata)
    {
        var thrift = new ThriftWriter(output);
        int outer = thrift.Begin();
        thrift.Int32(1, metadata.Version);
        var elements = new List<(ParquetField Field, bool Root)> { (ParquetField.Group(metadata.Schema.Name, default, [.. metadata.Schema.Fields]), true) };
        Flatten(metadata.Schema.Fields, elements);
        thrift.List(2, ThriftType.Struct, elements.Count);
        elements.ForEach(e => Element(thrift, e.Field, e.Root));
        thrift.Int64(3, metadata.RowCount);
        thrift.List(4, ThriftType.Struct, metadata.Groups.Count);
        for (int i = 0; i < metadata.Groups.Count; i++)
        {
            Group(thrift, metadata.Schema, metadata.Groups[i], i);
        }

        thrift.Binary(6, Encoding.UTF8.GetBytes(metadata.CreatedBy));

        // Least and greatest values count only where the order of values is said to be that of their type.
        thrift.List(7, ThriftType.Struct, metadata.Schema.Columns.Count);
        for (int i = 0; i < metadata.Schema.Columns.Count; i++)
        {
            int order = thrift.Begin();
            thrift.End(thrift.Begin(1));
            thrift.End(order);
        }

        thrift.End(outer);
    }

    private static void Flatten(IReadOnlyList<ParquetField> fields, List<(ParquetField Field, bool Root)> into)
    {
        foreach (ParquetField field in fields)
        {
            into.Add((field, false));
            Flatten(field.Children, into);
        }
    }

    private static void Element(ThriftWriter thrift, ParquetField field, bool root)
    {
        int outer = thrift.Begin();
        if (field.Children.Count == 0)
        {
            thrift.Int32(1, (int)field.Type);
            if (field.TypeLength > 0)
            {
                thrift.Int32(2, field.TypeLength);
            }
        }

        if (!root)
        {
            thrift.Int32(3, (int)field.Repetition);
        }

        thrift.Binary(4, Encoding.UTF8.GetBytes(field.Name));
        if (field.Children.Count > 0)
        {
            thrift.Int32(5, field.Children.Count);
        }

        int converted = field.Logical switch
        {
            ParquetLogical.String => 0,
            ParquetLogical.List => 3,
            ParquetLogical.UInt32 => 13,
            ParquetLogical.UInt64 => 14,
            ParquetLogical.Int64 => 18,
            _ => -1,
        };
        if (converted >= 0)
        {
            thrift.Int32(6, converted);
        }

        if (field.Logical != ParquetLogical.None)
        {
            Logical(thrift, field.Logical);
        }

        thrift.End(outer);
    }

    private static void Logical(ThriftWriter thrift, ParquetLogical logical)
    {
        int union = thrift.Begin(10);
        int kind = logical switch
        {
            ParquetLogical.String => 1,
            ParquetLogical.List => 3,
            ParquetLogical.TimestampNanos => 8,
            ParquetLogical.Uuid => 14,
            _ => 10,
        };
        int inner = thrift.Begin(kind);
        if (kind == 8)
        {
            thrift.Boolean(1, true);
            int unit = thrift.Begin(2);
            thrift.End(thrift.Begin(3));
            thrift.End(unit);
        }
        else if (kind == 10)
        {
            thrift.Int8(1, (byte)(logical == ParquetLogical.UInt32 ? 32 : 64));
            thrift.Boolean(2, logical == ParquetLogical.Int64);
        }

        thrift.End(inner);
        thrift.End(union);
    }

    private static void Group(ThriftWriter thrift, ParquetSchema schema, RowGroup group, int ordinal)
    {
        int outer = thrift.Begin();
        thrift.List(1, ThriftType.Struct, group.Chunks.Length);
        for (int i = 0; i < group.Chunks.Length; i++)
        {
            Chunk(thrift, schema.Columns[i], group.Chunks[i]);
        }

        thrift.Int64(2, group.UncompressedBytes);
        thrift.Int64(3, group.RowCount);
        thrift.Int64(5, group.FileOffset);
        thrift.Int64(6, group.CompressedBytes);
        thrift.Int16(7, ordinal);
        thrift.End(outer);
    }

    private static void Chunk(ThriftWriter thrift, ParquetColumn column, ColumnChunk chunk)
    {
        int outer = thrift.Begin();
        thrift.Int64(2, chunk.Start);
        int description = thrift.Begin(3);
        thrift.Int32(1, (int)chunk.Type);
        thrift.List(2, ThriftType.Int32, chunk.Encodings.Count);
        chunk.Encodings.ForEach(e => thrift.Number((int)e));
        string[] path = column.Path.Split('.');
        thrift.List(3, ThriftType.Binary, path.Length);
        foreach (string part in path)
        {
            thrift.Binary(Encoding.UTF8.GetBytes(part));
        }

        thrift.Int32(4, (int)chunk.Codec);
        thrift.Int64(5, chunk.ValueCount);
        thrift.Int64(6, chunk.UncompressedBytes);
        thrift.Int64(7, chunk.CompressedBytes);
        thrift.Int64(9, chunk.DataPageOffset);
        if (chunk.DictionaryPageOffset > 0)
        {
            thrift.Int64(11, chunk.DictionaryPageOffset);
        }

        int statistics = thrift.Begin(12);
        thrift.Int64(3, chunk.NullCount ?? 0);
        if (chunk is { Min: not null, Max: not null })
        {
            thrift.Binary(5, chunk.Max);
            thrift.Binary(6, chunk.Min);
        }

        thrift.End(statistics);
        thrift.End(description);
        thrift.Int64(4, chunk.OffsetIndexOffset);
        thrift.Int32(5, chunk.OffsetIndexLength);
        thrift.Int64(6, chunk.ColumnIndexOffset);
        thrift.Int32(7, chunk.ColumnIndexLength);
        thrift.End(outer);
    }
}
