using System.Collections.Concurrent;
using Aspire.Hosting.Running;

namespace Pyro.Tests.Unit.Aspire.Running;

/// <summary>Small programs of <c>/bin/sh</c> as processes under test.</summary>
internal static class Shell
{
    public static Launch Run(string script, params (string Name, string Value)[] environment) =>
        new("/bin/sh", ["-c", script], Path.GetTempPath(), environment.ToDictionary(one => one.Name, one => one.Value));

    public static (ProcessTree Tree, ConcurrentQueue<ProcessLine> Lines) Start(string script, Guard? guard = null, params (string, string)[] environment)
    {
        var lines = new ConcurrentQueue<ProcessLine>();
        return (ProcessTree.Start(Run(script, environment), guard, batch => { foreach (var line in batch) lines.Enqueue(line); }), lines);
    }

    public static async Task<T> Until<T>(Func<T?> probe, string what) where T : class
    {
        for (var i = 0; i < 30_000; i++)
        {
            if (probe() is { } found)
                return found;
            await Task.Delay(10);
        }
        throw new TimeoutException($"waited five minutes for {what}");
    }

    public static Task Until(Func<bool> probe, string what) => Until(() => probe() ? "" : null, what);

    /// <summary>Whether a process exists and is no zombie.</summary>
    public static bool IsAlive(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] != 'Z';
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
