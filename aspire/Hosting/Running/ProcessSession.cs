using System.Runtime.InteropServices;

namespace Aspire.Hosting.Running;

/// <summary>
/// Sessions of their own for processes: Ctrl+C in the terminal does not reach them before their turn, and a whole tree is signalled by
/// the id of its first process. On Linux <c>setsid</c> does it, on macOS <c>perl</c>; both replace themselves by the program, so
/// that its process id is the one .NET knows and the id of the group. Windows has no groups: there a tree is ended process by process.
/// </summary>
internal static partial class ProcessSession
{
    private const int Interrupt = 2, Kill = 9, Terminate = 15;

    /// <summary>The command that goes in front of a program, empty when there is none.</summary>
    public static IReadOnlyList<string> Prefix { get; } = FindPrefix();

    /// <summary>Whether a process started behind <see cref="Prefix"/> leads a group.</summary>
    public static bool HasGroups => Prefix.Count > 0;

    /// <summary>Asks every process of a group to end. False when the group has none left.</summary>
    public static bool TerminateGroup(int group) => Send(-group, Terminate) == 0;

    /// <summary>Ends every process of a group at once. False when the group has none left.</summary>
    public static bool KillGroup(int group) => Send(-group, Kill) == 0;

    /// <summary>Asks one process to end.</summary>
    public static void TerminateProcess(int process) => _ = Send(process, Terminate);

    /// <summary>What Ctrl+C sends, to a whole group.</summary>
    public static void InterruptGroup(int group) => _ = Send(-group, Interrupt);

    private static string[] FindPrefix()
    {
        if (OperatingSystem.IsWindows())
            return [];
        if (ProgramPath.Find("setsid") is { } setsid)
            return [setsid];
        if (ProgramPath.Find("perl") is { } perl)
            return [perl, "-MPOSIX", "-e", "POSIX::setsid(); exec { $ARGV[0] } @ARGV; exit 127", "--"];
        return [];
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Send(int process, int signal);
}
