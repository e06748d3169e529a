namespace Pyro.ServiceDefaults;

/// <summary>
/// Threads of the pool. Reads, writes and syncs of files hold one until the disk is done, whatever their names say. The pool begins with as many as
/// there are cores and adds one only after half a second, in which on a small machine all answers would wait for the syncs of others.
/// </summary>
public static class PoolThreads
{
    /// <summary>Threads that may wait for the disk while each core still has one that works: one for the log, one for blocks.</summary>
    public const int AtDisk = 2;

    /// <summary>Lets the pool begin with that many more; never with less than it would.</summary>
    public static void Reserve()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + AtDisk), ports);
    }
}
