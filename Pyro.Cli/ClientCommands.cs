using System.CommandLine;
using System.CommandLine.Invocation;
using Pyro.Cli.Commands;
using Pyro.Cli.Commands.Blocks;

namespace Pyro.Cli;

/// <summary>The commands of <c>pyro</c> beside the server, with options as other tools have them (<c>--name x</c>).</summary>
internal static class ClientCommands
{
    /// <summary>The command line is wrong.</summary>
    private const int Misused = 2;

    public static async Task<int> Run(string[] args)
    {
        var parsed = new RootCommand("Pyro, a continuous-profiling database.") { PushCommand.Create(), BlocksCommand.Create() }.Parse(args);
        // What is wrong is told by itself; --help tells the rest.
        if (parsed.Action is ParseErrorAction error)
            error.ShowHelp = false;
        var code = await parsed.InvokeAsync();
        return parsed.Errors.Count > 0 ? Misused : code;
    }
}
