using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;

namespace Pyro.Blocks.Verifying;

/// <summary>A column of a Parquet file.</summary>
/// <param name="Path">Its dotted path.</param>
/// <param name="Bytes">Bytes of its pages in the file.</param>
/// <param name="UnpackedBytes">The same before they were packed.</param>
/// <param name="Values">Values, with one for each null and each empty list.</param>
/// <param name="Pages">Pages of data.</param>
/// <param name="Encodings">How values are encoded, as the Parquet format calls it.</param>
/// <param name="Codec">How pages are packed, as the Parquet format calls it.</param>
public sealed record InspectedColumn(
    string Path, long Bytes, long UnpackedBytes, long Values, int Pages, IReadOnlyList<string> Encodings, string Codec);

/// <summary>Symbols of one kind in all partitions.</summary>
/// <param name="Kind">strings, functions, locations, mappings or stacks.</param>
/// <param name="Entries">How many; of stacks: nodes of their trees.</param>
/// <param name="Bytes">Bytes in the file.</param>
public sealed record InspectedSymbols(string Kind, long Entries, long Bytes);

/// <summary>A service in a block.</summary>
/// <param name="Name">Value of the label `service_name`; empty for series without one.</param>
/// <param name="Series">Series.</param>
/// <param name="Profiles">Rows.</param>
/// <param name="MinNanos">Time of the earliest row, in ns.</param>
/// <param name="MaxNanos">Time of the latest row, in ns.</param>
public sealed record InspectedService(string Name, int Series, long Profiles, long MinNanos, long MaxNanos);

/// <summary>What a block is made of.</summary>
public sealed record BlockInspection
{
    // Bytes fetched ahead of the numbers of series.
    private const long Budget = 4 << 20;

    /// <summary>Rows of profiles.parquet.</summary>
    public required long Profiles { get; init; }

    /// <summary>Its row groups.</summary>
    public required int RowGroups { get; init; }

    /// <summary>Who wrote it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>The columns of profiles.parquet in their order.</summary>
    public required IReadOnlyList<InspectedColumn> Columns { get; init; }

    /// <summary>symdb format: 2 or 3.</summary>
    public required int SymbolFormat { get; init; }

    /// <summary>Partitions of the symbols.</summary>
    public required int Partitions { get; init; }

    /// <summary>Kinds of symbols.</summary>
    public required IReadOnlyList<InspectedSymbols> Symbols { get; init; }

    /// <summary>Series of the index.</summary>
    public required int Series { get; init; }

    /// <summary>Names of labels.</summary>
    public required IReadOnlyList<string> LabelNames { get; init; }

    /// <summary>Time of the earliest row as the index tells it, in ns.</summary>
    public required long MinNanos { get; init; }

    /// <summary>Time of the latest row as the index tells it, in ns.</summary>
    public required long MaxNanos { get; init; }

    /// <summary>The services, those with most rows first.</summary>
    public required IReadOnlyList<InspectedService> Services { get; init; }

    /// <summary>Looks into a block: footers, indexes, and one column of its rows.</summary>
    /// <exception cref="DamagedBlockException">It is damaged, or has no meta.json.</exception>
    /// <exception cref="MissingFileException">A file is missing.</exception>
    /// <exception cref="UnsupportedBlockException">It is of a version that is not read.</exception>
    public static async ValueTask<BlockInspection> Of(FoundBlock block, SymbolCache cache, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(block);
        var meta = block.ReadableMeta() ?? throw Missing(block);
        using var index = await TsdbIndex.Open(await block.Files.Open(BlockPaths.Index, 0, cancellation), cancellation);
        using var file = await block.Files.Open(BlockPaths.Profiles, 0, cancellation);
        using var symbols = await SymbolsFile.Open(block.Files, [.. meta.Files.Select(static f => (f.RelPath, f.Bytes))], cache, cancellation);
        var table = await ParquetFile.Open(file, cancellation);
        var series = await index.ReadAll(cancellation);
        var columns = new List<InspectedColumn>();
        foreach (var column in table.Schema.Columns)
        {
            columns.Add(await Column(table, column, cancellation));
        }

        return new BlockInspection
        {
            Profiles = table.RowCount,
            RowGroups = table.GroupCount,
            CreatedBy = table.CreatedBy,
            Columns = columns,
            SymbolFormat = symbols.Format,
            Partitions = symbols.Partitions.Count,
            Symbols = Kinds(block, symbols),
            Series = series.Count,
            LabelNames = await index.LabelNames(cancellation),
            MinNanos = index.MinTime,
            MaxNanos = index.MaxTime,
            Services = await OfServices(index, table, series, cancellation),
        };
    }

    private static DamagedBlockException Missing(FoundBlock block) =>
        block.Faults.Kept is [var first, ..] ? new(first.File, first.Offset, first.Fault) : new(block.Folder + BlockPaths.Meta, -1, "is not there");

    private static async ValueTask<InspectedColumn> Column(ParquetFile table, ParquetColumn column, CancellationToken cancellation)
    {
        var encodings = new SortedSet<ParquetEncoding>();
        var codecs = new SortedSet<ParquetCodec>();
        var (pages, unpacked) = (0, 0L);
        for (var group = 0; group < table.GroupCount; group++)
        {
            var chunk = table.Metadata.Groups[group].Chunks[column.Index];
            codecs.Add(chunk.Codec);
            unpacked += chunk.UncompressedBytes;
            foreach (var (_, header) in (await table.Headers(column, group, cancellation)).Where(static p => p.Header.IsData))
            {
                pages++;
                encodings.Add(header.Encoding);
            }
        }

        return new InspectedColumn(
            column.Path,
            table.CompressedBytes(column),
            unpacked,
            table.ValueCount(column),
            pages,
            [.. encodings.Select(Called)],
            string.Join('+', codecs.Select(static c => c == ParquetCodec.Lz4Raw ? "LZ4_RAW" : c.ToString().ToUpperInvariant())));
    }

    private static string Called(ParquetEncoding encoding) => encoding switch
    {
        ParquetEncoding.Plain => "PLAIN",
        ParquetEncoding.PlainDictionary => "PLAIN_DICTIONARY",
        ParquetEncoding.Rle => "RLE",
        ParquetEncoding.BitPacked => "BIT_PACKED",
        ParquetEncoding.DeltaBinaryPacked => "DELTA_BINARY_PACKED",
        ParquetEncoding.DeltaLengthByteArray => "DELTA_LENGTH_BYTE_ARRAY",
        ParquetEncoding.DeltaByteArray => "DELTA_BYTE_ARRAY",
        ParquetEncoding.RleDictionary => "RLE_DICTIONARY",
        ParquetEncoding.ByteStreamSplit => "BYTE_STREAM_SPLIT",
        _ => $"{(int)encoding}",
    };

    // In format 2 the tables are files of their own, in format 3 parts of one.
    private static InspectedSymbols[] Kinds(FoundBlock block, SymbolsFile symbols)
    {
        InspectedSymbols Kind(string kind, Func<SymbolCounts, int> count, Func<SymbolBytes, long> bytes) => new(
            kind,
            symbols.Partitions.Sum(p => (long)count(p.Counts)),
            symbols.Partitions.Sum(p => bytes(p.Bytes)) is > 0 and var own ? own : block.Listed.GetValueOrDefault($"{SymdbLayout.Folder}{kind}.parquet"));
        return
        [
            Kind("strings", static c => c.Strings, static b => b.Strings),
            Kind("functions", static c => c.Functions, static b => b.Functions),
            Kind("locations", static c => c.Locations, static b => b.Locations),
            Kind("mappings", static c => c.Mappings, static b => b.Mappings),
            Kind("stacks", static c => c.Stacks, static b => b.Stacks),
        ];
    }

    private static async ValueTask<IReadOnlyList<InspectedService>> OfServices(
        TsdbIndex index, ParquetFile table, SeriesEntries series, CancellationToken cancellation)
    {
        var rows = new long[series.Count];
        await using (var scan = table.Scan(RowRanges.All(table.RowCount), Budget, new ProfileTable(table).SeriesIndex))
        {
            while (await scan.Next(cancellation))
            {
                foreach (var one in scan[0].Numbers)
                {
                    if ((ulong)one >= (ulong)rows.Length)
                    {
                        throw new DamagedBlockException(table.Name, -1, $"a row is of series {one} of {rows.Length}");
                    }

                    rows[one]++;
                }
            }
        }

        var groups = await index.GroupBy(series, [Pyro.Profiles.Labels.LabelNames.Service], cancellation);
        var services = new Dictionary<string, InspectedService>(StringComparer.Ordinal);
        for (var i = 0; i < series.Count; i++)
        {
            ref readonly var one = ref series.Series[i];
            var name = groups.Labels[groups.GroupOf[i]].Get(Pyro.Profiles.Labels.LabelNames.Service) ?? "";
            var before = services.GetValueOrDefault(name) ?? new InspectedService(name, 0, 0, long.MaxValue, long.MinValue);
            services[name] = new InspectedService(
                name, before.Series + 1, before.Profiles + rows[i], Math.Min(before.MinNanos, one.MinTime), Math.Max(before.MaxNanos, one.MaxTime));
        }

        return [.. services.Values.OrderByDescending(static s => s.Profiles).ThenBy(static s => s.Name, StringComparer.Ordinal)];
    }
}
