using System.Diagnostics;

namespace Pyro.Tests;

/// <summary>The end of a process that has been told to end, or has nothing left to do.</summary>
internal static class ProcessEnd
{
    // Of the slowest machine: nothing that is measured.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Waits for it.</summary>
    /// <exception cref="TimeoutException">It hangs; it is killed.</exception>
    public static async Task Ended(this Process process)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)} did not end within {Limit}.", e);
        }
    }
}
