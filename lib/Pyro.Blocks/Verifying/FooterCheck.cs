using Pyro.Blocks.Parquet;

namespace Pyro.Blocks.Verifying;

/// <summary>Whether the two ends of a Parquet file, the magic bytes and the footer, tell of the file that lies between them.</summary>
internal static class FooterCheck
{
    /// <summary>Magic bytes, fields, and the totals of row groups.</summary>
    /// <param name="table">The file, opened with all that its footer tells.</param>
    /// <param name="schema">The fields that it may have; null: any.</param>
    /// <param name="faults">Gets the faults.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async ValueTask Run(ParquetFile table, ParquetSchema? schema, FaultList faults, CancellationToken cancellation)
    {
        var magic = new byte[4];
        await table.Read(0, magic, cancellation);
        if (!magic.AsSpan().SequenceEqual("PAR1"u8))
        {
            faults.Add(table.Name, 0, "it does not begin as a Parquet file does");
        }

        if (schema is not null)
        {
            Fields(table, table.Schema.Fields, schema.Fields, "", faults);
        }

        for (var i = 0; i < table.GroupCount; i++)
        {
            var group = table.Metadata.Groups[i];
            Same(table, faults, $"row group {i}: bytes", group.CompressedBytes, group.Chunks.Sum(static c => c.CompressedBytes));
            Same(table, faults, $"row group {i}: bytes before they were packed", group.UncompressedBytes, group.Chunks.Sum(static c => c.UncompressedBytes));
            Same(table, faults, $"row group {i}: place", group.FileOffset, group.Chunks[0].Start);
        }
    }

    /// <summary>Lengths, encodings and statistics of a chunk.</summary>
    /// <param name="table">The file.</param>
    /// <param name="column">The chunk's column.</param>
    /// <param name="chunk">What the footer tells.</param>
    /// <param name="pages">All pages of the chunk.</param>
    /// <param name="values">All values of the chunk.</param>
    /// <param name="faults">Gets the faults.</param>
    public static void Chunk(
        ParquetFile table, ParquetColumn column, ColumnChunk chunk, List<(PageLocation Place, PageHeader Header)> pages, PageValues values, FaultList faults)
    {
        var of = $"column {column.Path}:";
        Same(table, faults, $"{of} bytes", chunk.CompressedBytes, pages.Sum(static p => (long)p.Place.Length));
        Same(table, faults, $"{of} bytes before they were packed", chunk.UncompressedBytes, pages.Sum(static p => (long)p.Header.Length + p.Header.UncompressedBytes));
        if (chunk.NullCount is { } nulls)
        {
            Same(table, faults, $"{of} nulls", nulls, chunk.ValueCount - values.Present);
        }

        if (chunk is { Min: not null, Max: not null } && values.Present > 0 && !values.AreWithin(chunk.Min, chunk.Max))
        {
            faults.Add(table.Name, table.FooterOffset, $"{of} the footer tells of other least and greatest values than it has");
        }

        if (chunk.Codec != ParquetCodec.Uncompressed && pages.TrueForAll(static p => !p.Header.IsCompressed))
        {
            faults.Add(table.Name, table.FooterOffset, $"{of} the footer tells of codec {chunk.Codec}, which no page is packed by");
        }

        foreach (var (place, header) in pages)
        {
            if (!chunk.Encodings.Contains(header.Encoding))
            {
                faults.Add(table.Name, place.Offset, $"{of} the page is encoded as {header.Encoding}, which the footer does not list");
            }
        }

        foreach (var encoding in chunk.Encodings)
        {
            // Levels are encoded, too, in one of these ways.
            if (encoding is not (ParquetEncoding.Rle or ParquetEncoding.BitPacked) && !pages.Exists(p => p.Header.Encoding == encoding))
            {
                faults.Add(table.Name, table.FooterOffset, $"{of} the footer lists encoding {encoding}, which no page has");
            }
        }
    }

    private static void Fields(ParquetFile table, IReadOnlyList<ParquetField> found, IReadOnlyList<ParquetField> known, string above, FaultList faults)
    {
        foreach (var field in found)
        {
            var path = above + field.Name;
            if (known.FirstOrDefault(f => f.Name == field.Name) is not { } expected)
            {
                faults.Add(table.Name, table.FooterOffset, $"field {path} is none of such a table");
                continue;
            }

            // Of times the reader does not tell apart what they count.
            var logical = expected.Logical == ParquetLogical.TimestampNanos ? ParquetLogical.None : expected.Logical;
            if (field with { Children = [], Logical = default } != expected with { Children = [], Logical = default } || field.Logical != logical)
            {
                faults.Add(table.Name, table.FooterOffset, $"field {path} is of another type than in such a table");
            }

            Fields(table, field.Children, expected.Children, path + ".", faults);
        }
    }

    private static void Same(ParquetFile table, FaultList faults, string what, long told, long found)
    {
        if (told != found)
        {
            faults.Add(table.Name, table.FooterOffset, $"{what}: the footer tells of {told}, there are {found}");
        }
    }
}
