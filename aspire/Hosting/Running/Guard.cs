using System.Diagnostics;

namespace Aspire.Hosting.Running;

/// <summary>
/// Sees to it that nothing outlives the AppHost, even when that is ended by SIGKILL: a shell in a session of its own reads from a pipe
/// which groups of processes are alive, and when the pipe closes it asks them to end, waits, and kills what is left. Every process
/// also carries the guard's mark in its environment, by which Linux finds those that were started but not announced yet, or that left
/// their group. When the AppHost ends in order only such strays can be left; without them the shell goes away at once.
/// </summary>
internal sealed class Guard : IAsyncDisposable
{
    /// <summary>The variable that marks each process.</summary>
    public const string Variable = "ASPIRE_APPHOST_GUARD";

    private const string Script =
        """
        exec >/dev/null 2>&1
        trap '' INT TERM HUP QUIT
        mark=$1; grace=$2; groups=; containers=; engine=
        without() { kept=; for one in $2; do [ "$one" = "$1" ] || kept="$kept $one"; done; }
        while read -r op id rest; do
          case $op in
            +) groups="$groups $id" ;;
            -) without "$id" "$groups"; groups=$kept ;;
            c) containers="$containers $id"; engine=$rest ;;
            r) without "$id" "$containers"; containers=$kept ;;
                  esac
        done
        # Only a process that leads its group is signalled as a group; a marked one that left it, alone.
        if [ -n "$mark" ] && [ -r /proc/self/environ ]; then
          for found in $(grep -lszxF "$mark" /proc/[0-9]*/environ); do
            found=${found#/proc/}; found=${found%/environ}
            [ "$found" = $$ ] || strays="$strays $found"
          done
        fi
        for one in $groups; do kill -TERM -"$one"; done
        for one in $strays; do kill -TERM "$one"; done
        while [ "$grace" -gt 0 ]; do
          alive=
          for one in $groups; do kill -0 -"$one" && alive=1; done
          for one in $strays; do kill -0 "$one" && alive=1; done
          [ -n "$alive" ] || break
          sleep 0.1; grace=$((grace - 1))
        done
        for one in $groups; do kill -KILL -"$one"; done
        for one in $strays; do kill -KILL "$one"; done
        for one in $containers; do "$engine" rm -f "$one"; done
        """;

    private readonly Process? _shell;
    private readonly Lock _pipe = new();

    private Guard(Process? shell, string mark) => (_shell, Mark) = (shell, mark);

    /// <summary>The value of <see cref="Variable"/> for the processes of this guard.</summary>
    public string Mark { get; }

    /// <summary>Starts the shell. Without a POSIX shell (Windows) the guard does nothing.</summary>
    /// <param name="grace">How long the processes of a killed AppHost have to end by themselves.</param>
    public static Guard Start(TimeSpan grace)
    {
        var mark = Guid.NewGuid().ToString("N");
        if (OperatingSystem.IsWindows() || !File.Exists("/bin/sh"))
            return new(null, mark);
        var start = new ProcessStartInfo { UseShellExecute = false, RedirectStandardInput = true, WorkingDirectory = "/" };
        string[] tenths = ["guard", $"{Variable}={mark}", ((int)Math.Ceiling(grace.TotalSeconds * 10)).ToString()];
        string[] command = [.. ProcessSession.Prefix, "/bin/sh", "-c", Script, .. tenths];
        start.FileName = command[0];
        foreach (var argument in command.AsSpan(1))
            start.ArgumentList.Add(argument);
        return new(Process.Start(start), mark);
    }

    /// <summary>A group of processes that must not outlive the AppHost.</summary>
    public void Watch(int group) => Tell($"+ {group}");

    /// <summary>A group that has ended.</summary>
    public void Forget(int group) => Tell($"- {group}");

    /// <summary>A container that must not outlive the AppHost.</summary>
    public void WatchContainer(string name, string engine) => Tell($"c {name} {engine}");

    /// <summary>A container that is gone.</summary>
    public void ForgetContainer(string name) => Tell($"r {name}");

    /// <summary>Ends the shell; what is still on its list is ended by it first.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_shell is null)
            return;
        lock (_pipe)
            _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }

    private void Tell(string line)
    {
        if (_shell is null)
            return;
        try
        {
            lock (_pipe)
            {
                _shell.StandardInput.WriteLine(line);
                _shell.StandardInput.Flush();
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // Somebody ended the shell: the AppHost still ends its processes itself.
        }
    }
}
