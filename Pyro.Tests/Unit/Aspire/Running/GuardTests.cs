using System.Diagnostics;
using Aspire.Hosting.Running;

namespace Pyro.Tests.Unit.Aspire.Running;

public sealed class GuardTests
{
    [Fact]
    public async Task When_its_pipe_closes_the_guard_asks_then_kills_what_it_watches()
    {
        var patient = Guard.Start(TimeSpan.FromMinutes(5));
        var strict = Guard.Start(TimeSpan.FromSeconds(1));
        var (polite, politeLines) = Shell.Start("trap 'echo asked; exit 0' TERM; echo up; while :; do sleep 0.05; done", patient);
        var (stubborn, stubbornLines) = Shell.Start("trap '' TERM; echo up; while :; do sleep 0.05; done", strict);
        await using var first = polite;
        await using var second = stubborn;
        await Shell.Until(() => !politeLines.IsEmpty && !stubbornLines.IsEmpty, "both up");
        await patient.DisposeAsync();
        await strict.DisposeAsync();
        Assert.Equal(0, await polite.Exit);
        Assert.Equal(137, await stubborn.Exit);
        Assert.Contains("asked", politeLines.Select(line => line.Text));
    }

    [Fact]
    public async Task With_nothing_to_watch_the_guard_ends_at_once()
    {
        var watch = Stopwatch.StartNew();
        await Guard.Start(TimeSpan.FromMinutes(20)).DisposeAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task A_guard_whose_owner_was_killed_finds_processes_that_were_never_announced()
    {
        // The owner: a shell that starts the guard's script as the AppHost does, with a stray that carries the mark, and is then killed.
        var guard = Guard.Start(TimeSpan.FromSeconds(1));
        await guard.DisposeAsync();
        // Another variable than the guard's own, which is taken from what a test's processes inherit.
        var script = (string)typeof(Guard).GetField("Script", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.GetRawConstantValue()!;
        var (stray, lines) = Shell.Start("echo up; sleep 600; exit", null, (Guard.Variable + "_TEST", guard.Mark));
        await using var _ = stray;
        await Shell.Until(() => !lines.IsEmpty, "the stray");
        var start = new ProcessStartInfo("/bin/sh", ["-c", script, "guard", $"{Guard.Variable}_TEST={guard.Mark}", "600"]) { RedirectStandardInput = true };
        using var shell = Process.Start(start)!;
        shell.StandardInput.Close();
        await shell.Ended();
        Assert.Equal(143, await stray.Exit);
    }
}
