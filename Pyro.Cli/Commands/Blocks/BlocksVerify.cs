using Pyro.Blocks.Meta;
using Pyro.Blocks.Verifying;

namespace Pyro.Cli.Commands.Blocks;

/// <summary><c>pyro blocks verify</c>: reads blocks whole and tells every fault.</summary>
internal static class BlocksVerify
{
    public static async Task<int> Run(BlocksRun run)
    {
        var folders = await run.Place.Find(run.Filter, run.Cancellation);
        // What is told beside the blocks is compared only when all of them are looked at.
        var whole = folders.All(static f => f.Blocks.Count == f.Folder.Blocks.Count);
        var answer = await VerifyProgress.Over(folders.Sum(static f => f.Blocks.Count), run.Error, progress => Verify(run, folders, whole, progress));
        if (run.Json)
        {
            await run.Write(BlockText.Json(answer));
        }
        else
        {
            await Write(run, answer);
        }

        return answer.Faults > 0 ? BlocksCommand.Faulty : answer.Blocks.Any(static b => b.Skipped is not null) ? BlocksCommand.Failed : BlocksCommand.Sound;
    }

    private static async Task<Verification> Verify(BlocksRun run, IReadOnlyList<ChosenFolder> folders, bool whole, VerifyProgress progress)
    {
        var blocks = new List<VerifiedBlock>();
        var beside = new FaultList();
        foreach (var chosen in folders)
        {
            var found = new List<FoundBlock>();
            foreach (var id in chosen.Blocks)
            {
                var block = await run.Place.Read(chosen.Folder, id, run.Cancellation);
                found.Add(block);
                progress.Begin(id.ToString(), block.Bytes);
                blocks.Add(await Verify(run, block, progress));
                progress.End();
            }

            if (whole)
            {
                await TenantVerification.Run(run.Place.Store, chosen.Folder.Folder, found, beside, run.Cancellation);
            }
        }

        return new Verification(blocks.Sum(static b => b.FaultCount) + beside.Count, blocks, [.. beside.Kept.Select(TextOf)]);
    }

    private static async Task<VerifiedBlock> Verify(BlocksRun run, FoundBlock block, VerifyProgress progress)
    {
        string? skipped = null;
        try
        {
            await BlockVerification.Run(block, run.Place.Symbols, block.Faults, progress.Add, run.Cancellation);
        }
        catch (UnsupportedBlockException e)
        {
            skipped = e.Message;
        }

        return new VerifiedBlock(block.Tenant, block.Id.ToString(), block.Folder, block.Bytes, block.Faults.Count, [.. block.Faults.Kept.Select(TextOf)], skipped);
    }

    private static string Count(long count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static FaultText TextOf(BlockFault fault) => new(fault.File, fault.Offset < 0 ? null : fault.Offset, fault.Fault);

    private static async Task Write(BlocksRun run, Verification answer)
    {
        foreach (var block in answer.Blocks)
        {
            var verdict = block.Skipped ?? (block.FaultCount == 0 ? "sound" : Count(block.FaultCount, "fault"));
            await run.Write($"{block.Tenant}  {block.Ulid}  {BlockText.Bytes(block.Bytes)}  {verdict}");
            await Write(run, block.Faults);
            if (block.FaultCount > block.Faults.Count)
            {
                await run.Write($"  and {block.FaultCount - block.Faults.Count} more");
            }
        }

        if (answer.Beside.Count > 0)
        {
            await run.Write("beside the blocks");
            await Write(run, answer.Beside);
        }

        var skipped = answer.Blocks.Count(static b => b.Skipped is not null);
        await run.Write(
            $"{Count(answer.Blocks.Count - skipped, "block")} verified{(skipped > 0 ? $", {skipped} not" : "")}; {Count(answer.Faults, "fault")}");
    }

    private static async Task Write(BlocksRun run, IReadOnlyList<FaultText> faults)
    {
        foreach (var fault in faults)
        {
            await run.Write($"  {new BlockFault(fault.File, fault.Offset ?? -1, fault.Fault)}");
        }
    }
}

/// <summary>A fault in JSON; without an offset it concerns the file as a whole.</summary>
internal sealed record FaultText(string File, long? Offset, string Fault);

/// <summary>A verified block in JSON.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Ulid">Its name.</param>
/// <param name="Folder">Where it lies below the place.</param>
/// <param name="Bytes">Bytes of its files.</param>
/// <param name="FaultCount">How many faults it has.</param>
/// <param name="Faults">The first of them.</param>
/// <param name="Skipped">Why it was not verified; null: it was.</param>
internal sealed record VerifiedBlock(
    string Tenant, string Ulid, string Folder, long Bytes, long FaultCount, IReadOnlyList<FaultText> Faults, string? Skipped);

/// <summary>What came of it, in JSON.</summary>
/// <param name="Faults">How many faults there are in all.</param>
/// <param name="Blocks">The blocks.</param>
/// <param name="Beside">Faults of bucket indexes and marks.</param>
internal sealed record Verification(long Faults, IReadOnlyList<VerifiedBlock> Blocks, IReadOnlyList<FaultText> Beside);
