using System.Runtime.CompilerServices;
using Grpc.Core;
using Pyro.Memory;

namespace Pyro.Blocks.Answers;

/// <summary>Works on several things at a time and gives the results in order.</summary>
internal static class Ahead
{
    // Enough to wait for a bucket and to work at the same time.
    private const int Width = 4;

    /// <summary>
    /// The results in the order of the things; each is to be disposed of before the next is asked for. When there is no memory for one
    /// while others are held, those are given up, and from then on there is one at a time. When one is damaged the others are worked on all
    /// the same, so that all damage is known when it fails at the end.
    /// </summary>
    /// <exception cref="RpcException">data_loss: one was damaged.</exception>
    public static async IAsyncEnumerable<T> InOrder<TThing, T>(
        IReadOnlyList<TThing> things,
        Func<TThing, CancellationToken, Task<T>> work,
        [EnumeratorCancellation] CancellationToken cancellation)
        where T : class, IDisposable
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new Queue<Task<T>>();
        var (width, begun) = (Width, 0);
        RpcException? damaged = null;
        try
        {
            for (var i = 0; i < things.Count; i++)
            {
                for (; running.Count < width && begun < things.Count; begun++)
                {
                    running.Enqueue(Start(things[begun], work, stop.Token));
                }

                T? result = null;
                try
                {
                    result = await TryResult(running.Dequeue(), isAlone: width == 1);
                    if (result is null)
                    {
                        await GiveUp(running);
                        (width, begun) = (1, i + 1);
                        result = await Start(things[i], work, stop.Token);
                    }
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.DataLoss)
                {
                    damaged ??= e;
                }

                if (result is not null)
                {
                    yield return result;
                }
            }

            if (damaged is not null)
            {
                throw damaged;
            }
        }
        finally
        {
            stop.Cancel();
            await GiveUp(running);
        }
    }

    // On the scheduler that this runs on, so that decoding goes on side by side.
    private static Task<T> Start<TThing, T>(TThing thing, Func<TThing, CancellationToken, Task<T>> work, CancellationToken stop) =>
        Task.Factory.StartNew(() => work(thing, stop), stop, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();

    private static async Task<T?> TryResult<T>(Task<T> task, bool isAlone)
        where T : class
    {
        try
        {
            return await task;
        }
        catch (MemoryBudgetException) when (!isAlone)
        {
            return null;
        }
    }

    private static async Task GiveUp<T>(Queue<Task<T>> running)
        where T : IDisposable
    {
        while (running.TryDequeue(out var task))
        {
            await Task.WhenAny(task);
            if (task.IsCompletedSuccessfully)
            {
                (await task).Dispose();
            }
            else
            {
                // Nobody waits for it any more.
                _ = task.Exception;
            }
        }
    }
}
