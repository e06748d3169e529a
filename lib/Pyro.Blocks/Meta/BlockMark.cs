using System.Buffers;
using System.Text.Json;

namespace Pyro.Blocks.Meta;

/// <summary>What a mark says of a block.</summary>
public enum MarkKind
{
    /// <summary>It is to be deleted; after a while nobody reads it any more.</summary>
    Deletion,

    /// <summary>It is not to be merged with others.</summary>
    NoCompact,
}

/// <summary>A mark of a block: `deletion-mark.json` or `no-compact-mark.json`.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Block">Of which block.</param>
/// <param name="Time">Since when, in seconds since 1970.</param>
/// <param name="Details">Why, for people.</param>
/// <param name="Reason">Of <see cref="MarkKind.NoCompact"/>: `manual`, `index-size-exceeding` or `block-index-out-of-order-chunk`; else empty.</param>
public sealed record BlockMark(MarkKind Kind, Ulid Block, long Time, string Details = "", string Reason = "")
{
    private const int Version = 1;

    /// <summary>The file's name, in the block's folder as it is and in the folder of marks behind the block's.</summary>
    public static string FileName(MarkKind kind) => kind == MarkKind.Deletion ? "deletion-mark.json" : "no-compact-mark.json";

    /// <summary>Whether a file in the folder of marks is the mark of a block.</summary>
    /// <param name="name">Name without folder: `ULID-deletion-mark.json`.</param>
    /// <param name="kind">What it says.</param>
    /// <param name="block">Of which block.</param>
    public static bool TryParseName(string name, out MarkKind kind, out Ulid block)
    {
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        var file = dash < 0 ? default : name.AsSpan(dash + 1);
        kind = file.SequenceEqual(FileName(MarkKind.NoCompact)) ? MarkKind.NoCompact : MarkKind.Deletion;
        block = default;
        return file.SequenceEqual(FileName(kind)) && BlockPaths.TryParse(name.AsSpan(0, dash), out block);
    }

    /// <summary>Reads a mark.</summary>
    /// <param name="kind">Which one it is by its name.</param>
    /// <param name="json">Its content.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <exception cref="DamagedBlockException">It is no such mark, or of an unknown version.</exception>
    public static BlockMark Read(MarkKind kind, ReadOnlyMemory<byte> json, string file) => JsonFields.Read(json, file, fields =>
        fields.Integer("version") is not Version and var version ? throw new FormatException($"mark version {version} is not known")
        : new BlockMark(kind, fields.Id("id"), fields.Integer(TimeField(kind)), fields.Text("details"), fields.Text("reason")));

    /// <summary>Content of the file, as Pyroscope would write it.</summary>
    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonFields.Compact))
        {
            json.WriteStartObject();
            json.WriteString("id", Block.ToString());
            json.WriteNumber("version", Version);
            if (Details.Length > 0)
            {
                json.WriteString("details", Details);
            }

            json.WriteNumber(TimeField(Kind), Time);
            if (Kind == MarkKind.NoCompact)
            {
                json.WriteString("reason", Reason);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string TimeField(MarkKind kind) => kind == MarkKind.Deletion ? "deletion_time" : "no_compact_time";
}

/// <summary>The mark of a tenant whose blocks are to be deleted: `markers/tenant-deletion-mark.json`.</summary>
/// <param name="Time">Since when, in seconds since 1970.</param>
/// <param name="Finished">When the last block was deleted, in seconds since 1970; 0: not yet.</param>
public sealed record TenantDeletionMark(long Time, long Finished)
{
    /// <summary>Reads the mark.</summary>
    /// <exception cref="DamagedBlockException">It is no such mark.</exception>
    public static TenantDeletionMark Read(ReadOnlyMemory<byte> json, string file) => JsonFields.Read(
        json, file, static fields => new TenantDeletionMark(fields.Integer("deletion_time"), fields.Integer("finished_time")));

    /// <summary>Content of the file, as Pyroscope would write it.</summary>
    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonFields.Compact))
        {
            json.WriteStartObject();
            json.WriteNumber("deletion_time", Time);
            if (Finished != 0)
            {
                json.WriteNumber("finished_time", Finished);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
