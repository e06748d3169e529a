namespace Pyro.Memory;

/// <summary>How much memory there is for the process; `memory.budget` is a share of it.</summary>
public static class MachineMemory
{
    private static readonly string[] LimitFiles = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

    /// <summary>Bytes: the control group's limit or, without one, the machine's memory.</summary>
    public static long Bytes()
    {
        foreach (string file in LimitFiles)
        {
            // Version 2 says "max" and version 1 a number near 2^63 when there is no limit.
            if (File.Exists(file) && long.TryParse(File.ReadAllText(file).Trim(), out long bytes) && bytes is > 0 and < 1L << 50)
            {
                return bytes;
            }
        }

        // Comes second because under a control group the collector tells only three quarters of the limit.
        return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }
}
