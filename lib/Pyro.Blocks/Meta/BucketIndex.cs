using System.Buffers;
using System.IO.Compression;
using System.Text.Json;

namespace Pyro.Blocks.Meta;

/// <summary>
/// What the cleaner told of all blocks of a tenant at some moment, `bucket-index.json.gz`. Blocks shipped later are missing from it: it
/// saves reading each meta.json, and is never the last word on which blocks there are.
/// </summary>
public sealed record BucketIndex
{
    /// <summary>The version that is written; others are read, and to be made anew.</summary>
    public const int WrittenVersion = 3;

    /// <summary>The first version that tells of shards.</summary>
    public const int FirstVersionWithShards = 2;

    /// <summary>The most bytes it may have, unpacked.</summary>
    public const int MostBytes = 256 << 20;

    /// <summary>Version of the file.</summary>
    public int Version { get; init; } = WrittenVersion;

    /// <summary>The complete blocks.</summary>
    public IReadOnlyList<BucketIndexBlock> Blocks { get; init; } = [];

    /// <summary>Those that are to be deleted.</summary>
    public IReadOnlyList<BucketIndexMark> DeletionMarks { get; init; } = [];

    /// <summary>When it was written, in seconds since 1970.</summary>
    public long UpdatedAt { get; init; }

    /// <summary>Reads the file.</summary>
    /// <param name="gzip">Its content, packed.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <exception cref="DamagedBlockException">It is no such file, not whole, or larger than may be.</exception>
    public static BucketIndex Read(ReadOnlyMemory<byte> gzip, string file)
    {
        var json = Unpack(gzip, file);
        try
        {
            return JsonFields.Read(json, file, Read);
        }
        catch (DamagedBlockException e) when (e.Offset >= 0)
        {
            throw new DamagedBlockException(file, -1, $"at byte {e.Offset} of what is packed in it: {e.Fault}", e);
        }
    }

    /// <summary>Content of the file, packed.</summary>
    public byte[] Write()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        using (var json = new Utf8JsonWriter(gzip, JsonFields.Compact))
        {
            Write(json);
        }

        return packed.ToArray();
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteStartArray("blocks");
        foreach (var block in Blocks)
        {
            json.WriteStartObject();
            json.WriteString("block_id", block.Id.ToString());
            json.WritePropertyName("min_time");
            json.WriteRawValue(BlockTime.Format(block.MinTime));
            json.WritePropertyName("max_time");
            json.WriteRawValue(BlockTime.Format(block.MaxTime));
            json.WriteNumber("uploaded_at", block.UploadedAt);
            if (block.ShardId.Length > 0)
            {
                json.WriteString("compactor_shard_id", block.ShardId);
            }

            if (block.Level != 0)
            {
                json.WriteNumber("compaction_level", block.Level);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("block_deletion_marks");
        foreach (var mark in DeletionMarks)
        {
            json.WriteStartObject();
            json.WriteString("block_id", mark.Id.ToString());
            json.WriteNumber("deletion_time", mark.DeletionTime);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("updated_at", UpdatedAt);
        json.WriteEndObject();
    }

    private static BucketIndex Read(JsonFields fields) => new()
    {
        Version = fields.Small("version"),
        Blocks = fields.Objects("blocks", static b => new BucketIndexBlock(b.Id("block_id"), b.Time("min_time"), b.Time("max_time"))
        {
            UploadedAt = b.Integer("uploaded_at"),
            ShardId = b.Text("compactor_shard_id"),
            Level = b.Small("compaction_level"),
        }),
        DeletionMarks = fields.Objects("block_deletion_marks", static m => new BucketIndexMark(m.Id("block_id"), m.Integer("deletion_time"))),
        UpdatedAt = fields.Integer("updated_at"),
    };

    // Magic number and the only method, deflate (RFC 1952).
    private static ReadOnlySpan<byte> GzipMagic => [0x1f, 0x8b, 8];

    private static ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> packed, string file)
    {
        const int Piece = 64 << 10;
        if (!packed.Span.StartsWith(GzipMagic))
        {
            throw new DamagedBlockException(file, -1, "is no gzip");
        }

        var content = new ArrayBufferWriter<byte>();
        try
        {
            using var gzip = new GZipStream(new MemoryStream(packed.ToArray(), writable: false), CompressionMode.Decompress);
            for (int read; (read = gzip.Read(content.GetSpan(Piece))) > 0;)
            {
                content.Advance(read);
                if (content.WrittenCount > MostBytes)
                {
                    throw new DamagedBlockException(file, -1, $"has more than {MostBytes} bytes");
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw new DamagedBlockException(file, -1, "is gzip that is damaged", e);
        }

        return content.WrittenMemory;
    }
}

/// <summary>A complete block; times in ms, inclusive.</summary>
/// <param name="Id">Its name.</param>
/// <param name="MinTime">Time of its earliest profile.</param>
/// <param name="MaxTime">Time of its latest profile.</param>
public sealed record BucketIndexBlock(Ulid Id, long MinTime, long MaxTime)
{
    /// <summary>When its meta.json was put, in seconds since 1970.</summary>
    public long UploadedAt { get; init; }

    /// <summary>Which shard of a split it is: `1_of_4`; empty: none.</summary>
    public string ShardId { get; init; } = "";

    /// <summary>How often it was merged, from 1 on; 0 when not told.</summary>
    public int Level { get; init; }
}

/// <summary>A block that is to be deleted.</summary>
/// <param name="Id">Its name.</param>
/// <param name="DeletionTime">Since when, in seconds since 1970.</param>
public readonly record struct BucketIndexMark(Ulid Id, long DeletionTime);
