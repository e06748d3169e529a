using System.CommandLine;
using Pyro.Cli.Commands;

namespace Pyro.Cli;

/// <summary>The commands of <c>pyro</c> that talk to a server, with options as other tools have them (<c>--name x</c>).</summary>
internal static class ClientCommands
{
    public static Task<int> Run(string[] args) =>
        new RootCommand("Pyro, a continuous-profiling database.") { PushCommand.Create() }.Parse(args).InvokeAsync();
}
