using System.CommandLine;
using Pyro.Blocks;
using Pyro.Blocks.Files;
using Pyro.Blocks.Verifying;
using Pyro.Memory;
using Pyro.ObjectStore;

namespace Pyro.Cli.Commands.Blocks;

/// <summary><c>pyro blocks list|inspect|verify PLACE</c>: looks into blocks on disk or in a bucket, and changes nothing.</summary>
internal static class BlocksCommand
{
    /// <summary>Nothing wrong was found.</summary>
    public const int Sound = 0;

    /// <summary>Something wrong was found.</summary>
    public const int Faulty = 1;

    /// <summary>It could not be looked at.</summary>
    public const int Failed = 2;

    public static Command Create() => new("blocks", "Look into blocks on disk or in a bucket. Nothing is changed. Exit code: 0 nothing is wrong, 1 faults, 2 they could not be looked at.")
    {
        Verb("list", "List blocks: times, series, profiles, bytes, marks.", BlocksList.Run),
        Verb("inspect", "Show what blocks are made of: columns, symbols, services.", BlocksInspect.Run),
        Verb("verify", "Read blocks whole and compare all that is told twice; each fault is told by file and offset.", BlocksVerify.Run),
    };

    private static Command Verb(string name, string description, Func<BlocksRun, Task<int>> run)
    {
        var place = new Argument<string?>("place")
        {
            Description = "A directory: a bucket, a tenant's folder, a data path of an ingester, or one block. Or s3://bucket[/prefix]. Left out: the bucket of the server's "
                + "settings, which are read as the server does.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var flags = new Argument<string[]>("-flag=value") { Description = "Flags of the server, such as -config.file=FILE and -storage.…=VALUE.", Arity = ArgumentArity.ZeroOrMore };
        var json = new Option<bool>("--json") { Description = "JSON instead of text." };
        var block = new Option<string?>("--block") { Description = "Only the block of this ULID." };
        var tenant = new Option<string?>("--tenant") { Description = "Only the blocks of this tenant." };
        var endpoint = new Option<string?>("--endpoint") { Description = "Of s3://: address of the store, such as http://localhost:9000; left out: AWS." };
        var region = new Option<string?>("--region") { Description = "Of s3://: region; left out: AWS_REGION or AWS_DEFAULT_REGION." };
        var accessKey = new Option<string?>("--access-key") { Description = "Of s3://: access key; left out: as AWS tools find it." };
        var secretKey = new Option<string?>("--secret-key") { Description = "Of s3://: its secret; better in PYRO__STORAGE__S3__SECRET_ACCESS_KEY, where other users do not see it." };
        var command = new Command(name, description) { place, flags, json, block, tenant, endpoint, region, accessKey, secretKey };
        command.SetAction(async (parsed, cancellation) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            try
            {
                string[] words = [.. parsed.GetValue(place) is { } first ? [first] : Array.Empty<string>(), .. parsed.GetValue(flags) ?? []];
                using var chosen = ChosenPlace.Open(
                    words,
                    new S3Choice(parsed.GetValue(endpoint), parsed.GetValue(region), parsed.GetValue(accessKey), parsed.GetValue(secretKey)),
                    Environment.GetEnvironmentVariable);
                return await run(new BlocksRun(
                    chosen,
                    new BlockFilter(parsed.GetValue(tenant), BlockFilter.Id(parsed.GetValue(block))),
                    parsed.GetValue(json),
                    parsed.InvocationConfiguration.Output,
                    error,
                    cancellation));
            }
            catch (Exception e) when (e is PlaceException or ObjectStoreException or DamagedBlockException or MissingFileException or MemoryBudgetException or IOException or UnauthorizedAccessException)
            {
                await error.WriteLineAsync(e.Message);
                return Failed;
            }
        });
        return command;
    }
}

/// <summary>One call of a command.</summary>
/// <param name="Place">Where the blocks are.</param>
/// <param name="Filter">Which of them.</param>
/// <param name="Json">Whether to answer in JSON.</param>
/// <param name="Output">Gets the answer.</param>
/// <param name="Error">Gets what went wrong.</param>
/// <param name="Cancellation">Ends it.</param>
internal sealed record BlocksRun(ChosenPlace Place, BlockFilter Filter, bool Json, TextWriter Output, TextWriter Error, CancellationToken Cancellation)
{
    // What was found is told even when no more is wanted.
    public Task Write(string line) => Output.WriteLineAsync(line);

    public Task Complain(string line) => Error.WriteLineAsync(line);

    /// <summary>Looks at one tenant after another until all are done, the store fails or nobody wants more.</summary>
    /// <returns>Why it ended before all were done; null: all were.</returns>
    public async Task<string?> EachFolder(IReadOnlyList<ChosenFolder> folders, Func<ChosenFolder, Task> look)
    {
        try
        {
            foreach (var chosen in folders)
            {
                await look(chosen);
            }

            return null;
        }
        catch (ObjectStoreException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            return "interrupted";
        }
    }

    /// <summary>Looks at one block after another, and complains of folders that cannot be looked into.</summary>
    /// <param name="folders">Where they are.</param>
    /// <param name="look">Answers with an exit code.</param>
    /// <returns>The worst exit code, and why it ended before all were done; null: all were.</returns>
    public async Task<(int Code, string? Incomplete)> EachBlock(IReadOnlyList<ChosenFolder> folders, Func<TenantFolder, Ulid, Task<int>> look)
    {
        var code = BlocksCommand.Sound;
        var incomplete = await EachFolder(folders, async chosen =>
        {
            if (chosen.Folder.Fault is { } closed)
            {
                await Complain(closed.ToString());
                code = BlocksCommand.Faulty;
            }

            foreach (var id in chosen.Blocks)
            {
                code = Worse(code, await look(chosen.Folder, id));
            }
        });
        return (code, incomplete);
    }

    /// <summary>Tells that not all was looked at.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndEarly(string why)
    {
        await Complain($"not complete: {why}");
        return BlocksCommand.Failed;
    }

    // That something is wrong weighs more than that something could not be looked at.
    private static int Worse(int a, int b) => a == BlocksCommand.Faulty || b == BlocksCommand.Faulty ? BlocksCommand.Faulty : Math.Max(a, b);
}
