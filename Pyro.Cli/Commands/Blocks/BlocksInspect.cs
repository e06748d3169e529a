using System.Globalization;
using Pyro.Blocks;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Verifying;
using Pyro.Memory;

namespace Pyro.Cli.Commands.Blocks;

/// <summary><c>pyro blocks inspect</c>: what blocks are made of.</summary>
internal static class BlocksInspect
{
    // Services shown as text; JSON has all.
    private const int TopServices = 10;

    public static async Task<int> Run(BlocksRun run)
    {
        var answers = new List<InspectedBlock>();
        var folders = await run.Place.Find(run.Filter, run.Cancellation);
        var (code, incomplete) = await run.EachBlock(folders, (folder, id) => Inspect(run, folder, id, answers));
        if (run.Json)
        {
            await run.Write(BlockText.Json(new BlockInspections(incomplete, answers)));
        }

        return incomplete is null ? code : await run.EndEarly(incomplete);
    }

    private static async Task<int> Inspect(BlocksRun run, TenantFolder folder, Ulid id, List<InspectedBlock> answers)
    {
        try
        {
            var block = await run.Place.Read(folder, id, new FaultList(), run.Cancellation);
            var inspected = await BlockInspection.Of(block, run.Place.Symbols, run.Cancellation);
            if (run.Json)
            {
                answers.Add(InspectedBlock.Of(block, inspected));
            }
            else
            {
                await Write(run, block, inspected);
            }

            return BlocksCommand.Sound;
        }
        catch (Exception e) when (e is DamagedBlockException or MissingFileException)
        {
            await run.Complain(e.Message);
            return BlocksCommand.Faulty;
        }
        catch (Exception e) when (e is UnsupportedBlockException or MemoryBudgetException)
        {
            await run.Complain(e.Message);
            return BlocksCommand.Failed;
        }
    }

    private static async Task Write(BlocksRun run, FoundBlock block, BlockInspection inspected)
    {
        static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
        var meta = block.Meta!;
        List<string> lines =
        [
            $"block      {block.Id}, tenant {block.Tenant}, level {meta.Compaction.Level}{(meta.ShardId.Length > 0 ? $", shard {meta.ShardId}" : "")}, {BlockText.Bytes(block.Bytes)}",
            $"times      {BlockText.Time(meta.MinTime)} to {BlockText.Time(meta.MaxTime)} ({TimeSpan.FromMilliseconds(meta.MaxTime - meta.MinTime)})",
            $"rows       {inspected.Profiles} in {BlockText.Count(inspected.RowGroups, "row group")}, {BlockText.Count(meta.Stats.Samples, "sample")}, written by {inspected.CreatedBy}",
            $"series     {inspected.Series}, labels {string.Join(", ", inspected.LabelNames)}",
            $"symbols    format {inspected.SymbolFormat}, {BlockText.Count(inspected.Partitions, "partition")}",
            "",
            .. BlockText.Table(["FILE", ">BYTES"], [.. block.Listed.Select(static f => new[] { f.Key, Number(f.Value) })]),
            "",
            .. BlockText.Table(
                ["COLUMN", ">BYTES", ">SHARE", ">VALUES", ">PAGES", "ENCODINGS", "CODEC"],
                [.. inspected.Columns.Select(c => new[]
                {
                    c.Path, Number(c.Bytes), Share(c.Bytes, inspected.Columns.Sum(static o => o.Bytes)), Number(c.Values), Number(c.Pages), string.Join(", ", c.Encodings), c.Codec,
                })]),
            "",
            .. BlockText.Table(["SYMBOLS", ">ENTRIES", ">BYTES"], [.. inspected.Symbols.Select(static s => new[] { s.Kind, Number(s.Entries), Number(s.Bytes) })]),
            "",
            .. BlockText.Table(
                ["SERVICE", ">SERIES", ">PROFILES", "FROM", "TO"],
                [.. inspected.Services.Take(TopServices).Select(static s => new[]
                {
                    s.Name.Length == 0 ? "-" : s.Name, Number(s.Series), Number(s.Profiles), Time(s.MinNanos), Time(s.MaxNanos),
                })]),
            .. inspected.Services.Count > TopServices ? [$"and {BlockText.Count(inspected.Services.Count - TopServices, "more service")}"] : Array.Empty<string>(),
            "",
        ];
        foreach (var line in lines)
        {
            await run.Write(line);
        }
    }

    private static string Share(long part, long whole) => whole == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.0} %");

    private static string Time(long nanos) => BlockText.Time(BlockTime.FromNanos(nanos));
}

/// <summary>Blocks in JSON.</summary>
/// <param name="Incomplete">Why it ended before all were looked at; null: all were.</param>
/// <param name="Blocks">The blocks.</param>
internal sealed record BlockInspections(string? Incomplete, IReadOnlyList<InspectedBlock> Blocks);

/// <summary>A file in JSON.</summary>
internal sealed record InspectedFile(string Path, long Bytes);

/// <summary>A service in JSON; times are ISO 8601, inclusive.</summary>
internal sealed record ServiceCoverage(string Service, int Series, long Profiles, string MinTime, string MaxTime);

/// <summary>What a block is made of, in JSON.</summary>
internal sealed record InspectedBlock(
    ListedBlock Block,
    int RowGroups,
    string CreatedBy,
    int SymbolFormat,
    int Partitions,
    IReadOnlyList<string> LabelNames,
    IReadOnlyList<InspectedFile> Files,
    IReadOnlyList<InspectedColumn> Columns,
    IReadOnlyList<InspectedSymbols> Symbols,
    IReadOnlyList<ServiceCoverage> Services)
{
    public static InspectedBlock Of(FoundBlock block, BlockInspection inspected) => new(
        ListedBlock.Of(block),
        inspected.RowGroups,
        inspected.CreatedBy,
        inspected.SymbolFormat,
        inspected.Partitions,
        inspected.LabelNames,
        [.. block.Listed.Select(static f => new InspectedFile(f.Key, f.Value))],
        inspected.Columns,
        inspected.Symbols,
        [.. inspected.Services.Select(static s => new ServiceCoverage(
            s.Name, s.Series, s.Profiles, BlockText.Time(BlockTime.FromNanos(s.MinNanos)), BlockText.Time(BlockTime.FromNanos(s.MaxNanos))))]);
}
