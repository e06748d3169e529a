using Pyro.Blocks;
using Pyro.Blocks.Meta;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Ingester.Wal;

namespace Pyro.Ingester.Shipping;

/// <summary>The life of an ingester's blocks: found at start, cut, shipped and removed while it runs, cut and shipped once more at its end.</summary>
public sealed class IngesterBlocks(
    HeadStore heads, WriteAheadLog log, LocalFolders folders, UnreadableBlocks unreadable, BlockCutter cutter, Shipper shipper, UnfinishedUploads uploads, LocalRetention retention,
    DiskSpace space, TimeProvider time, TaskScheduler scheduler, ILogger<IngesterBlocks> logger) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Those that cannot be read, which the replay of the log must know of.</summary>
    public UnreadableBlocks Unreadable => unreadable;

    /// <summary>
    /// Takes up the blocks that earlier lives left, and removes what they left half-done. Before the log is replayed: its records of these
    /// blocks are void.
    /// </summary>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public async Task Recover(CancellationToken cancellation)
    {
        foreach (var tenant in folders.Tenants().ToList())
        {
            folders.RemoveLeftovers(tenant);
            foreach (var name in folders.Blocks(tenant).ToList())
            {
                try
                {
                    if (await folders.Find(tenant, name, cancellation) is { } block)
                    {
                        heads.Of(tenant).Add(block);
                    }
                }
                catch (IOException e) when (e is DamagedBlockException or UnsupportedBlockException)
                {
                    unreadable.Add(tenant, name, e);
                }
            }
        }
    }

    /// <summary>Begins to cut, ship and remove, once the log was replayed.</summary>
    public void Start()
    {
        foreach (var block in heads.Tenants.SelectMany(t => heads.Held(t).Blocks))
        {
            _ = log.Void(block.Ulid);
        }

        cutter.OnBlock = unreadable.OnBlock = _ => shipper.Wake();
        _running = Task.WhenAll(
            Run(space.Run), Run(cutter.Run), Run(shipper.Run), Run(uploads.Run), Run(retention.Run), Run(unreadable.Run));
    }

    /// <summary>Makes blocks of all heads, and tries to ship them for as long as there is time. What is not done then lies safe on the disk.</summary>
    public async Task Stop(CancellationToken cancellation)
    {
        await _stopping.CancelAsync();
        await _running;
        if (!log.IsOpen)
        {
            return;
        }

        try
        {
            await cutter.FlushAll("shutdown", cancellation);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The blocks of the others are shipped all the same.
            logger.LogWarning("Not all heads became blocks; the next start goes on with it: {Reason}", e.Message);
        }

        try
        {
            if (!await shipper.ShipAll(cancellation))
            {
                logger.LogWarning("Not all blocks could be shipped; the next start goes on with it");
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            logger.LogWarning("Not all blocks could be shipped; the next start goes on with it: {Reason}", e.Message);
        }
    }

    /// <summary>
    /// Ends what still runs, so that nothing that it uses is disposed of before: a process that cannot start is never stopped. A start that
    /// comes after it runs nothing.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    private Task Run(Func<CancellationToken, Task> work) => Task.Factory.StartNew(
        async () =>
        {
            while (!_stopping.IsCancellationRequested)
            {
                try
                {
                    await work(_stopping.Token);
                }
                catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception e)
                {
                    // Each of them handles what it expects; what else comes must not end it, nor come again at once.
                    logger.LogError(e, "Work on blocks failed and begins anew");
                    await Task.Delay(Pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                }
            }
        },
        CancellationToken.None,
        TaskCreationOptions.DenyChildAttach,
        scheduler).Unwrap();
}
