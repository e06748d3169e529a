using System.Globalization;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Verifying;

namespace Pyro.Cli.Commands.Blocks;

/// <summary><c>pyro blocks list</c>: a line for each block.</summary>
internal static class BlocksList
{
    public static async Task<int> Run(BlocksRun run)
    {
        var blocks = new List<ListedBlock>();
        var folders = await run.Place.Find(run.Filter, run.Cancellation);
        var (code, incomplete) = await run.EachBlock(folders, async (folder, id) =>
        {
            var block = ListedBlock.Of(await run.Place.Read(folder, id, new FaultList(), run.Cancellation));
            blocks.Add(block);
            return block.Fault is null ? BlocksCommand.Sound : BlocksCommand.Faulty;
        });
        if (run.Json)
        {
            await run.Write(BlockText.Json(new BlockListing(incomplete, blocks)));
        }
        else
        {
            await Write(run, blocks);
        }

        return incomplete is null ? code : await run.EndEarly(incomplete);
    }

    private static async Task Write(BlocksRun run, List<ListedBlock> blocks)
    {
        static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";
        string[] head = ["TENANT", "BLOCK", "VERSION", ">LEVEL", "FROM", "TO", ">SERIES", ">PROFILES", ">SAMPLES", ">SIZE", "SHARD", ">SOURCES", "MARKS"];
        foreach (var line in BlockText.Table(head, [.. blocks.Select(static b => new[]
        {
            b.Tenant, b.Ulid, b.Version is null or BlockMeta.WrittenVersion ? Number(b.Version) : $"{b.Version}, not served", Number(b.Level),
            b.MinTime ?? "-", b.MaxTime ?? "-", Number(b.Series), Number(b.Profiles), Number(b.Samples), BlockText.Bytes(b.Bytes), b.Shard ?? "-", Number(b.Sources?.Count), Marks(b),
        })]))
        {
            await run.Write(line);
        }

        foreach (var block in blocks.Where(static b => b.Fault is not null))
        {
            await run.Complain(block.Fault!);
        }
    }

    private static string Marks(ListedBlock block)
    {
        string[] marks =
        [
            .. block.Deletion is { } deletion ? [$"deletion {deletion}"] : Array.Empty<string>(),
            .. block.NoCompact is { } noCompact ? [$"no-compact {noCompact}"] : Array.Empty<string>(),
        ];
        return marks.Length == 0 ? "-" : string.Join(", ", marks);
    }
}

/// <summary>Blocks in JSON.</summary>
/// <param name="Incomplete">Why it ended before all were listed; null: all were.</param>
/// <param name="Blocks">The blocks.</param>
internal sealed record BlockListing(string? Incomplete, IReadOnlyList<ListedBlock> Blocks);

/// <summary>A block in JSON; times are ISO 8601, inclusive.</summary>
internal sealed record ListedBlock(
    string Tenant,
    string Ulid,
    string Folder,
    int? Version,
    int? Level,
    string? MinTime,
    string? MaxTime,
    long? Series,
    long? Profiles,
    long? Samples,
    long Bytes,
    string? Shard,
    IReadOnlyList<string>? Sources,
    string? Source,
    string? Host,
    string? Deletion,
    string? NoCompact,
    string? Fault)
{
    public static ListedBlock Of(FoundBlock block) => new(
        block.Tenant,
        block.Id.ToString(),
        block.Folder,
        block.Version,
        block.Meta?.Compaction.Level,
        block.Meta is { } from ? BlockText.Time(from.MinTime) : null,
        block.Meta is { } to ? BlockText.Time(to.MaxTime) : null,
        block.Meta?.Stats.Series,
        block.Meta?.Stats.Profiles,
        block.Meta?.Stats.Samples,
        block.Bytes,
        block.Meta?.ShardId is { Length: > 0 } shard ? shard : null,
        block.Meta?.Compaction.Sources.Select(static s => s.ToString()).ToList(),
        block.Meta?.Source is { Length: > 0 } source ? source : null,
        block.Meta?.Labels?.GetValueOrDefault(BlockMeta.HostLabel),
        block.Deletion is { } deletion ? BlockText.SecondsTime(deletion.Time) : null,
        block.NoCompact is { } noCompact ? BlockText.SecondsTime(noCompact.Time) : null,
        block.Faults.Kept is [var first, ..] ? first.ToString() : null);
}
