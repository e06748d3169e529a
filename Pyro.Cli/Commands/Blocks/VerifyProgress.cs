using Spectre.Console;

namespace Pyro.Cli.Commands.Blocks;

/// <summary>Shows how far a verification is, on a terminal; else it shows nothing.</summary>
internal sealed class VerifyProgress
{
    private readonly ProgressTask? _blocks, _bytes;

    private VerifyProgress(ProgressTask? blocks, ProgressTask? bytes) => (_blocks, _bytes) = (blocks, bytes);

    /// <summary>Runs a work over some blocks with a progress beside it.</summary>
    public static async Task<T> Over<T>(int blocks, TextWriter error, Func<VerifyProgress, Task<T>> work)
    {
        if (Console.IsErrorRedirected || error != Console.Error)
        {
            return await work(new VerifyProgress(null, null));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new VerifyProgress(context.AddTask("blocks", maxValue: blocks), context.AddTask("block", maxValue: 1))));
    }

    /// <summary>A block of so many bytes comes next.</summary>
    public void Begin(string block, long bytes)
    {
        if (_bytes is not null)
        {
            (_bytes.Description, _bytes.MaxValue, _bytes.Value) = (block, Math.Max(1, bytes), 0);
        }
    }

    /// <summary>So many bytes more were gone through.</summary>
    public void Add(long bytes) => _bytes?.Increment(bytes);

    /// <summary>The block is done.</summary>
    public void End() => _blocks?.Increment(1);
}
