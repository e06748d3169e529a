namespace Aspire.Hosting.Running;

/// <summary>What exit codes say by custom.</summary>
internal static class ExitCodes
{
    /// <summary>Of shells, Go's flags and Python's argparse; and <c>EX_USAGE</c> and <c>EX_CONFIG</c> of BSD's sysexits.h.</summary>
    private const int BadFlags = 2, Usage = 64, Config = 78;

    /// <summary>Whether a process says that its arguments or settings are wrong, so that starting it again changes nothing.</summary>
    public static bool BlamesSettings(int code) => code is BadFlags or Usage or Config;
}
