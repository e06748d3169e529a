namespace Aspire.Hosting.Running;

/// <summary>What is started: a program, its arguments, where, and the variables set on top of those of the AppHost.</summary>
/// <param name="Command">A path, or a name that is looked up on the PATH.</param>
/// <param name="Arguments">Passed as they are, no shell in between.</param>
/// <param name="WorkingDirectory">An absolute path of a folder that exists.</param>
/// <param name="Environment">Wins over the AppHost's own variables.</param>
internal sealed record Launch(
    string Command, IReadOnlyList<string> Arguments, string WorkingDirectory, IReadOnlyDictionary<string, string> Environment);

/// <summary>A process could not be started; the message says why and what to do.</summary>
internal sealed class LaunchException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>One line of a process's output.</summary>
internal readonly record struct ProcessLine(DateTimeOffset Time, string Text, bool IsError);

/// <summary>Finds programs as a shell does.</summary>
internal static class ProgramPath
{
    /// <summary>The absolute path of a program.</summary>
    /// <exception cref="LaunchException">There is none, or it may not be executed.</exception>
    public static string Resolve(string command, string workingDirectory)
    {
        if (command.Contains('/', StringComparison.Ordinal) || command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            var path = Path.GetFullPath(command, workingDirectory);
            if (!File.Exists(path))
                throw new LaunchException($"The program {path} does not exist.");
            return IsExecutable(path) ? path : throw new LaunchException($"The file {path} may not be executed (chmod +x would allow it).");
        }
        return Find(command) ?? throw new LaunchException($"The program \"{command}\" is in no folder of the PATH. Install it, or name its full path.");
    }

    /// <summary>The first executable file of that name on the PATH, or null.</summary>
    public static string? Find(string name)
    {
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat", ""] : [""];
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (var ending in endings)
            {
                var path = Path.Combine(folder, name + ending);
                if (File.Exists(path) && IsExecutable(path))
                    return Path.GetFullPath(path);
            }
        }
        return null;
    }

    private static bool IsExecutable(string path) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;
}
