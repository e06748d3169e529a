using System.Diagnostics;

namespace Pyro.Tests.Cluster;

/// <summary>The system calls of a push, seen by strace: the log is synced before the 200 leaves.</summary>
public sealed class SyncTests
{
    [Fact]
    public async Task The_log_is_synced_before_the_answer()
    {
        await using var pyro = await RunningPyro.Start();
        using var client = new HttpClient { BaseAddress = pyro.Url };
        // The first push makes the head and the segment; the traced ones show the steady path.
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("sync", SmallProfile.Cpu(DateTimeOffset.UtcNow, ("main;first", 1)))));

        var trace = Path.Combine(pyro.Folder, "trace");
        using var strace = await Attach(pyro, trace);
        const int pushes = 5;
        for (var i = 0; i < pushes; i++)
            Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("sync", SmallProfile.Cpu(DateTimeOffset.UtcNow, ($"main;traced_{i}", 1)))));
        await Detach(strace);

        var synced = false;
        var answers = 0;
        foreach (var line in await File.ReadAllLinesAsync(trace))
        {
            if (IsSyncOfLog(line))
                synced = true;
            if (!line.Contains("HTTP/1.1 200", StringComparison.Ordinal))
                continue;
            Assert.True(synced, $"an answer left before any sync of the log: {line}");
            synced = false;
            answers++;
        }
        Assert.Equal(pushes, answers);
    }

    /// <summary>A finished sync; one that another thread interrupted is told in two lines, of which the second has the result.</summary>
    private static bool IsSyncOfLog(string line) =>
        line.EndsWith("= 0", StringComparison.Ordinal)
        && (line.Contains("sync(", StringComparison.Ordinal) ? line.Contains("/data/", StringComparison.Ordinal) : line.Contains("sync resumed", StringComparison.Ordinal));

    private static async Task<Process> Attach(RunningPyro pyro, string trace)
    {
        var start = new ProcessStartInfo("strace") { UseShellExecute = false, RedirectStandardError = true };
        string[] arguments = ["-f", "-y", "-s", "32", "-e", "trace=fsync,fdatasync,sendto,sendmsg,write,writev", "-o", trace, "-p", $"{pyro.ProcessId}"];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var strace = Process.Start(start)!;
        while (await strace.StandardError.ReadLineAsync() is { } line)
        {
            if (line.Contains("attached", StringComparison.Ordinal))
                break;
        }
        // The notice comes when the first thread is attached; the others follow within moments.
        await Task.Delay(500);
        return strace;
    }

    private static async Task Detach(Process strace)
    {
        using (var interrupt = Process.Start(new ProcessStartInfo("kill", ["-INT", $"{strace.Id}"]) { UseShellExecute = false })!)
            await interrupt.Ended();
        await strace.Ended();
    }
}
