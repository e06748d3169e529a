using Pyro.Blocks.Meta;
using Pyro.Blocks.Verifying;
using Pyro.Memory;
using Pyro.ObjectStore;

namespace Pyro.Cli.Commands.Blocks;

/// <summary><c>pyro blocks verify</c>: reads blocks whole and tells every fault. Text comes as faults are found, JSON at the end.</summary>
internal sealed class BlocksVerify
{
    private readonly BlocksRun _run;
    private readonly VerifyProgress _progress;
    private readonly List<VerifiedBlock> _blocks = [];
    private readonly FaultList _beside;

    private BlocksVerify(BlocksRun run, VerifyProgress progress)
    {
        (_run, _progress) = (run, progress);
        _beside = Faults();
    }

    public static async Task<int> Run(BlocksRun run)
    {
        var folders = await run.Place.Find(run.Filter, run.Cancellation);
        var total = folders.Sum(static f => f.Blocks.Count);
        var answer = await VerifyProgress.Over(total, run, progress => new BlocksVerify(run, progress).Verify(folders));
        await run.Write(run.Json ? BlockText.Json(answer) : Summary(answer, total));
        if (answer.Incomplete is not null)
        {
            return await run.EndEarly(answer.Incomplete);
        }

        return answer.Faults > 0 ? BlocksCommand.Faulty : answer.Blocks.Any(static b => b.Skipped is not null) ? BlocksCommand.Failed : BlocksCommand.Sound;
    }

    private async Task<Verification> Verify(IReadOnlyList<ChosenFolder> folders)
    {
        var incomplete = await _run.EachFolder(folders, Verify);
        return new Verification(_blocks.Sum(static b => b.FaultCount) + _beside.Count, incomplete, _blocks, [.. _beside.Kept.Select(TextOf)]);
    }

    private async Task Verify(ChosenFolder chosen)
    {
        if (chosen.Folder.Fault is { } closed)
        {
            _beside.Add(closed.File, closed.Offset, closed.Fault);
        }

        var found = new List<FoundBlock>();
        foreach (var id in chosen.Blocks)
        {
            found.Add(await Verify(chosen.Folder, id));
            _progress.End();
        }

        // What is told beside the blocks is compared only when all of them are looked at.
        if (chosen.Blocks.Count == chosen.Folder.Blocks.Count && chosen.Folder.Fault is null)
        {
            await TenantVerification.Run(_run.Place.Store, chosen.Folder.Folder, found, _beside, _run.Cancellation);
        }
    }

    private async Task<FoundBlock> Verify(TenantFolder folder, Ulid id)
    {
        var (faults, bytes, skipped) = (Faults(), 0L, "not read to its end");
        try
        {
            var block = await _run.Place.Read(folder, id, faults, _run.Cancellation);
            bytes = block.Bytes;
            _progress.Begin(id.ToString(), bytes);
            try
            {
                await BlockVerification.Run(block, _run.Place.Symbols, faults, _progress.Add, _run.Cancellation);
                skipped = null;
            }
            catch (Exception e) when (e is UnsupportedBlockException or MemoryBudgetException)
            {
                skipped = e.Message;
            }

            return block;
        }
        finally
        {
            Tell(new VerifiedBlock(folder.Tenant, id.ToString(), folder.Of(id), bytes, faults.Count, [.. faults.Kept.Select(TextOf)], skipped));
        }
    }

    private void Tell(VerifiedBlock block)
    {
        _blocks.Add(block);
        if (!_run.Json)
        {
            var faults = BlockText.Count(block.FaultCount, "fault") + (block.FaultCount > block.Faults.Count ? $", of which {block.Faults.Count} are told" : "");
            var verdict = block.Skipped is null ? block.FaultCount == 0 ? "sound" : faults
                : block.FaultCount == 0 ? block.Skipped : $"{block.Skipped}; {faults}";
            _progress.Write($"{block.Tenant}  {block.Ulid}  {BlockText.Bytes(block.Bytes)}  {verdict}");
        }
    }

    private FaultList Faults() => new(found: _run.Json ? null : fault => _progress.Write(fault.ToString()));

    private static FaultText TextOf(BlockFault fault) => new(fault.File, fault.Offset < 0 ? null : fault.Offset, fault.Fault);

    private static string Summary(Verification answer, int total)
    {
        var verified = answer.Blocks.Count(static b => b.Skipped is null);
        return $"{BlockText.Count(verified, "block")} verified{(verified < total ? $", {total - verified} not" : "")}; {BlockText.Count(answer.Faults, "fault")}"
            + (answer.Incomplete is null ? "" : "; not complete");
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
/// <param name="Incomplete">Why it ended before all was verified; null: all was.</param>
/// <param name="Blocks">The blocks.</param>
/// <param name="Beside">Faults of bucket indexes and marks, and of folders that cannot be looked into.</param>
internal sealed record Verification(long Faults, string? Incomplete, IReadOnlyList<VerifiedBlock> Blocks, IReadOnlyList<FaultText> Beside);
