using System.Diagnostics;

namespace Pyro.Tests;

/// <summary>Runs a script under Node and returns what it printed.</summary>
internal static class Node
{
    public static async Task<(int Code, string Output, string Error)> Run(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.Combine(Repository.Root, "Pyro.Tests", "Peers", "node"),
        };
        start.ArgumentList.Add(script);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{script} did not end in 10 minutes: {await error}", e);
        }
        return (process.ExitCode, await output, await error);
    }
}
