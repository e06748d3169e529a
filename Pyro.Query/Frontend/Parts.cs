namespace Pyro.Query.Frontend;

/// <summary>Runs the parts of a query at once, within the tenant's bound.</summary>
public static class Parts
{
    /// <summary>The results in the order of the parts; the first failure ends the others.</summary>
    /// <param name="parts">What to run.</param>
    /// <param name="atOnce">How many run at once; 0: all.</param>
    /// <param name="run">Runs one.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<TResult[]> Run<TPart, TResult>(
        IEnumerable<TPart> parts, int atOnce, Func<TPart, CancellationToken, Task<TResult>> run, CancellationToken cancel)
    {
        var all = parts.ToArray();
        if (all.Length == 1) return [await run(all[0], cancel)];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var room = new SemaphoreSlim(atOnce > 0 ? atOnce : int.MaxValue);
        Exception? first = null;
        var running = all.Select(async part =>
        {
            await room.WaitAsync(stop.Token);
            try
            {
                return await run(part, stop.Token);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref first, e, null);
                await stop.CancelAsync();
                throw;
            }
            finally
            {
                room.Release();
            }
        }).ToArray();
        try
        {
            return await Task.WhenAll(running);
        }
        catch (Exception) when (first is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
            throw;
        }
    }
}
