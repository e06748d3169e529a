using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Pyro.Tests.Unit.Aspire.Running;

/// <summary>A whole AppHost as a process, ended as people end it.</summary>
[Collection("AppHosts")]
public sealed class AppHostProcessTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "SmallAppHost");

    [Fact]
    public async Task Killed_by_SIGKILL_it_leaves_no_process()
    {
        using var host = Start(out var lines);
        var processes = await Running(lines);
        host.Kill();
        await host.Ended();
        foreach (var process in processes)
            await Shell.Until(() => !Shell.IsAlive(process), $"the end of {process}: {Command(process)}");
        await Shell.Until(() => Marked().Length == 0, "the end of the stray");
    }

    [Fact]
    public async Task Ended_by_SIGINT_it_stops_everything_and_then_itself()
    {
        using var host = Start(out var lines);
        var processes = await Running(lines);
        using (Process.Start("kill", ["-INT", host.Id.ToString()])!)
            await host.Ended();
        Assert.True(host.ExitCode == 0, string.Join('\n', lines));
        Assert.All(processes, process => Assert.False(Shell.IsAlive(process)));
        // Its guard asks for the end of the stray and waits for nobody.
        await Shell.Until(() => Marked().Length == 0, "the end of the stray");
        var stopped = lines.Select(line => line[(line.IndexOf(']') + 1)..]).Where(line => line.EndsWith(": stopped", StringComparison.Ordinal)).ToList();
        Assert.Equal(["web", "store"], stopped.Select(line => line.Trim().Split('-')[0]));
    }

    private static Process Start(out ConcurrentQueue<string> lines)
    {
        // A shell's background job, and all that it starts, would not hear SIGINT.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", Program]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        start.Environment["ASPNETCORE_URLS"] = "http://localhost:0";
        var all = lines = new ConcurrentQueue<string>();
        var process = Process.Start(start)!;
        void Add(object _, DataReceivedEventArgs received)
        {
            if (received.Data is not null)
                all.Enqueue(received.Data);
        }
        process.OutputDataReceived += Add;
        process.ErrorDataReceived += Add;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>The processes of both resources, once both run.</summary>
    private static async Task<IReadOnlyList<int>> Running(ConcurrentQueue<string> lines)
    {
        for (var i = 0; i < 3000 && !lines.Any(line => Regex.IsMatch(line, "web-[a-z]+: healthy")); i++)
            await Task.Delay(100);
        Assert.True(lines.Any(line => Regex.IsMatch(line, "web-[a-z]+: healthy")), string.Join('\n', lines));
        Assert.Contains(lines, line => line.Contains("/login?t=", StringComparison.Ordinal));
        var found = lines.Select(line => Regex.Match(line, "running as process ([0-9]+)")).Where(match => match.Success).Select(match => int.Parse(match.Groups[1].Value)).ToList();
        Assert.Equal(2, found.Count);
        return found;
    }

    private static string[] Marked() => Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out var id)
        && Shell.IsAlive(id) && Command(id).StartsWith("sleep\0" + "611", StringComparison.Ordinal)).ToArray();

    private static string Command(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
