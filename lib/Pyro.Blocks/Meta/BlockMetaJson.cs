using System.Buffers;
using System.Text.Json;
using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Meta;

/// <summary>The JSON of meta.json.</summary>
internal static class BlockMetaJson
{
    private const int OldestVersion = 1;

    /// <summary>Reads it.</summary>
    public static BlockMeta Read(ReadOnlyMemory<byte> json, string file) => JsonFields.Read(json, file, static fields =>
    {
        var version = fields.Integer("version");
        if (version is < OldestVersion or > int.MaxValue)
        {
            throw new FormatException($"there is no block version {version}");
        }

        if (version > BlockMeta.WrittenVersion)
        {
            // What its other fields mean nobody knows.
            throw new UnsupportedBlockException(fields.Id("ulid"), (int)version);
        }

        var meta = new BlockMeta
        {
            Id = fields.Id("ulid"),
            MinTime = fields.Time("minTime"),
            MaxTime = fields.Time("maxTime"),
            Stats = fields.Object("stats") is { } stats
                ? new BlockStats(stats.Count("numSamples"), stats.Count("numSeries"), stats.Count("numProfiles")) : default,
            Files = fields.Objects("files", ReadFile),
            Compaction = fields.Object("compaction") is { } compaction ? ReadCompaction(compaction) : new BlockCompaction(),
            Version = (int)version,
            Labels = fields.Map("labels"),
            Source = fields.Text("source"),
            Resolution = fields.Object("downsample")?.Integer("resolution"),
        };
        return meta.MinTime <= meta.MaxTime ? meta : throw new FormatException("the block ends before it begins");
    });

    /// <summary>Writes it.</summary>
    public static byte[] Write(BlockMeta meta)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonFields.Indented))
        {
            json.WriteStartObject();
            json.WriteString("ulid", meta.Id.ToString());
            WriteTimes(json, meta.MinTime, meta.MaxTime);
            json.WriteStartObject("stats");
            WriteCount(json, "numSamples", meta.Stats.Samples);
            WriteCount(json, "numSeries", meta.Stats.Series);
            WriteCount(json, "numProfiles", meta.Stats.Profiles);
            json.WriteEndObject();
            WriteFiles(json, meta.Files);
            WriteCompaction(json, meta.Compaction);
            json.WriteNumber("version", meta.Version);
            WriteLabels(json, meta.Labels);
            if (meta.Source.Length > 0)
            {
                json.WriteString("source", meta.Source);
            }

            if (meta.Resolution is { } resolution)
            {
                json.WriteStartObject("downsample");
                json.WriteNumber("resolution", resolution);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static BlockFileMeta ReadFile(JsonFields fields)
    {
        var path = fields.Text("relPath");
        if (!BlockPaths.IsRelative(path))
        {
            throw new FormatException($"'{path}' is no path in a block");
        }

        return new BlockFileMeta(path, fields.Count("sizeBytes"))
        {
            Parquet = fields.Object("parquet") is { } parquet ? new ParquetMeta(parquet.Count("numRowGroups"), parquet.Count("numRows")) : null,
            Series = fields.Object("tsdb")?.Count("numSeries"),
        };
    }

    private static BlockCompaction ReadCompaction(JsonFields fields) => new()
    {
        Level = fields.Small("level"),
        Sources = fields.Ids("sources"),
        IsDeletable = fields.Flag("deletable"),
        Parents = fields.Objects("parents", static p => new BlockParent(p.Id("ulid"), p.Time("minTime"), p.Time("maxTime"))),
        HasFailed = fields.Flag("failed"),
        Hints = fields.Texts("hints"),
    };

    private static void WriteFiles(Utf8JsonWriter json, IReadOnlyList<BlockFileMeta> files)
    {
        if (files.Count == 0)
        {
            return;
        }

        json.WriteStartArray("files");
        foreach (var file in files.OrderBy(static f => f.RelPath, Utf8Order.Comparer))
        {
            json.WriteStartObject();
            json.WriteString("relPath", file.RelPath);
            WriteCount(json, "sizeBytes", file.Bytes);
            if (file.Parquet is { } parquet)
            {
                json.WriteStartObject("parquet");
                WriteCount(json, "numRowGroups", parquet.RowGroups);
                WriteCount(json, "numRows", parquet.Rows);
                json.WriteEndObject();
            }

            if (file.Series is { } series)
            {
                json.WriteStartObject("tsdb");
                WriteCount(json, "numSeries", series);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCompaction(Utf8JsonWriter json, BlockCompaction compaction)
    {
        json.WriteStartObject("compaction");
        json.WriteNumber("level", compaction.Level);
        WriteTexts(json, "sources", [.. compaction.Sources.Select(static s => s.ToString())]);
        WriteFlag(json, "deletable", compaction.IsDeletable);
        if (compaction.Parents.Count > 0)
        {
            json.WriteStartArray("parents");
            foreach (var parent in compaction.Parents)
            {
                json.WriteStartObject();
                json.WriteString("ulid", parent.Id.ToString());
                WriteTimes(json, parent.MinTime, parent.MaxTime);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        WriteFlag(json, "failed", compaction.HasFailed);
        WriteTexts(json, "hints", compaction.Hints);
        json.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null)
        {
            return;
        }

        json.WriteStartObject("labels");
        foreach (var (name, value) in labels.OrderBy(static l => l.Key, Utf8Order.Comparer))
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }

    private static void WriteTimes(Utf8JsonWriter json, long min, long max)
    {
        json.WritePropertyName("minTime");
        json.WriteRawValue(BlockTime.Format(min));
        json.WritePropertyName("maxTime");
        json.WriteRawValue(BlockTime.Format(max));
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteCount(Utf8JsonWriter json, string name, long value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }

    private static void WriteFlag(Utf8JsonWriter json, string name, bool value)
    {
        if (value)
        {
            json.WriteBoolean(name, value);
        }
    }
}
