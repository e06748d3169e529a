using System.Runtime.CompilerServices;
using Grpc.Core;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Memory;
using Pyro.ObjectStore;

namespace Pyro.Blocks.Answers;

/// <summary>
/// What goes wrong with blocks, in the words of the wire. The status alone tells it: an exception within a status says that the peer could not
/// be reached.
/// </summary>
internal static class BlockFaults
{
    /// <summary>data_loss: a block is damaged.</summary>
    public static RpcException DataLoss(DamagedBlockException fault) =>
        new(new Status(StatusCode.DataLoss, $"a block is damaged: {fault.Message}"));

    /// <summary>Reads a block, once more when it seems damaged; when it is it is read no more.</summary>
    /// <param name="lease">The block.</param>
    /// <param name="read">Reads it; leaves nothing behind when it fails.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RpcException">data_loss: it is damaged. not_found: it was removed meanwhile.</exception>
    public static async Task<T> Reading<T>(BlockLease lease, Func<ValueTask<T>> read, CancellationToken cancellation)
    {
        for (var isAgain = false; ; isAgain = true)
        {
            var (done, result, fault) = await Try(lease, read, cancellation);
            if (done)
            {
                return result!;
            }

            if (!lease.Block.MayReadAgain(lease, fault!) || isAgain)
            {
                throw DataLoss(fault!);
            }
        }
    }

    /// <summary>Reads a block by what cannot be done twice.</summary>
    /// <returns>False: it was not read whole, and all is to be done from the beginning.</returns>
    /// <exception cref="RpcException">data_loss: it is damaged. not_found: it was removed meanwhile.</exception>
    public static async Task<bool> TryReading(BlockLease lease, Func<ValueTask> read, CancellationToken cancellation)
    {
        var (done, _, fault) = await Try(lease, async () =>
        {
            await read();
            return true;
        }, cancellation);
        return done || (lease.Block.MayReadAgain(lease, fault!) ? false : throw DataLoss(fault!));
    }

    private static async ValueTask<(bool Done, T? Result, DamagedBlockException? Fault)> Try<T>(
        BlockLease lease, Func<ValueTask<T>> read, CancellationToken cancellation)
    {
        if (lease.Block.Fault is { } known)
        {
            throw DataLoss(known);
        }

        try
        {
            return (true, await read(), null);
        }
        catch (DamagedBlockException e)
        {
            return (false, default, e);
        }
        catch (MissingFileException e) when (e.File.Length > 0)
        {
            return await lease.Block.IsThere(cancellation)
                ? (false, default, new DamagedBlockException(e.File, -1, "is not there, though meta.json lists it", e))
                : throw WireIds.NotHeld(lease.Block.Ulid);
        }
    }

    /// <summary>An answer whose failures are those of the wire.</summary>
    public static async IAsyncEnumerable<T> Told<T>(IAsyncEnumerable<T> answer, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var parts = answer.GetAsyncEnumerator(cancellation);
        while (await Told(parts.MoveNextAsync()))
        {
            yield return parts.Current;
        }
    }

    /// <summary>An answer whose failures are those of the wire.</summary>
    public static async ValueTask<T> Told<T>(ValueTask<T> answer)
    {
        try
        {
            return await answer;
        }
        catch (MemoryBudgetException e)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, e.Message));
        }
        catch (UnsupportedBlockException e)
        {
            throw new RpcException(new Status(StatusCode.Unimplemented, e.Message));
        }
        catch (ObjectStoreException e)
        {
            // The cause is not handed on: whoever asks in the same process would take it for a connection to here that broke.
            var code = e.Fault == StoreFault.Throttled ? StatusCode.ResourceExhausted : StatusCode.Unavailable;
            throw new RpcException(new Status(code, e.Message));
        }
        catch (IOException e)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, $"a block cannot be read: {e.Message}"));
        }
    }
}
