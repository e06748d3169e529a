using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pyro.Cli.Commands.Blocks;

/// <summary>Shows how far a verification is, on a terminal; else it shows nothing.</summary>
internal sealed class VerifyProgress
{
    private readonly TextWriter _output;
    private readonly IAnsiConsole? _terminal;
    private readonly ProgressTask? _blocks, _bytes;

    private VerifyProgress(TextWriter output, IAnsiConsole? terminal, ProgressTask? blocks, ProgressTask? bytes) =>
        (_output, _terminal, _blocks, _bytes) = (output, terminal, blocks, bytes);

    /// <summary>Runs a work over some blocks with a progress beside it.</summary>
    public static async Task<T> Over<T>(int blocks, BlocksRun run, Func<VerifyProgress, Task<T>> work)
    {
        if (Console.IsErrorRedirected || run.Error != Console.Error)
        {
            return await work(new VerifyProgress(run.Output, null, null, null));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var isShared = !Console.IsOutputRedirected && run.Output == Console.Out;
        return await console.Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new VerifyProgress(
                run.Output, isShared ? console : null, context.AddTask("blocks", maxValue: blocks), context.AddTask("block", maxValue: 1))));
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

    /// <summary>Writes a line of the answer. On the terminal that shows the progress it stands above that.</summary>
    public void Write(string line)
    {
        if (_terminal is null)
        {
            _output.WriteLine(line);
        }
        else
        {
            _terminal.Write(new Line(line));
        }
    }

    // As it is: no markup, and not broken where the terminal ends.
    private sealed class Line(string text) : Renderable
    {
        private const string EraseBelow = "\u001b[J";

        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            options.Ansi ? [Segment.Control(EraseBelow), new Segment(text), Segment.LineBreak] : [new Segment(text), Segment.LineBreak];
    }
}
