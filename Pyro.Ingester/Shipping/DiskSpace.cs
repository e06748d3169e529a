using Pyro.Disk;

namespace Pyro.Ingester.Shipping;

/// <summary>What of the disk may be used, in bytes.</summary>
/// <param name="Reserve">Stays free on the disk: below it no profile is taken in; 0: not watched.</param>
/// <param name="Free">Shall stay free on the disk: local blocks go before their time for it.</param>
/// <param name="Budget">What everything in the data path may come to: at three quarters of it local blocks go before their time, at seven eighths
/// no profile is taken in; 0: not watched.</param>
public sealed record DiskLimits(long Reserve, long Free, long Budget);

/// <summary>
/// Watches the room on the disk, and how much of it the data path takes, whoever wrote it there. When there is too little no profile is taken in any
/// more, since the log, blocks on their way and what lies there already need it; what is held is served all the same. Profiles are taken again when
/// there is a good deal more than too little.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="dataPath">Everything that the ingester keeps.</param>
/// <param name="limits">What may be used.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Told when it begins and ends.</param>
public sealed class DiskSpace(IDisk disk, string dataPath, DiskLimits limits, TimeProvider time, ILogger<DiskSpace> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Deeper than anything of ours: a link may lead back up.
    private const int DepthMax = 12;
    private volatile bool _isLow;

    /// <summary>Whether profiles are refused.</summary>
    public bool IsLow => _isLow;

    /// <summary>Bytes of all files in the data path, the log, blocks in any state, copies of the bucket's and what else lies there.</summary>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public long UsedBytes => BytesOf(dataPath, DepthMax);

    /// <summary>Watches until it is cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        while (true)
        {
            Look();
            await Task.Delay(Interval, time, cancellation);
        }
    }

    /// <summary>Whether local blocks shall go before their time, to make room.</summary>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public bool IsShort() =>
        (limits.Free > 0 && disk.FreeBytes(dataPath) < limits.Free) || (limits.Budget > 0 && UsedBytes > limits.Budget / 4 * 3);

    /// <summary>Looks now.</summary>
    public void Look()
    {
        try
        {
            var (free, used) = (limits.Reserve > 0 ? disk.FreeBytes(dataPath) : long.MaxValue, limits.Budget > 0 ? UsedBytes : 0);
            var isLow = free < (_isLow ? limits.Reserve + (limits.Reserve / 4) : limits.Reserve)
                || used > (_isLow ? limits.Budget / 16 * 13 : limits.Budget / 8 * 7);
            if (isLow != _isLow)
            {
                _isLow = isLow;
                Tell(free, used);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The room on the disk of {Path} cannot be told: {Error}", dataPath, e.Message);
        }
    }

    private void Tell(long free, long used)
    {
        if (!_isLow)
        {
            logger.LogInformation("There is room on the disk of {Path} again: profiles are taken", dataPath);
        }
        else if (free < limits.Reserve)
        {
            logger.LogError("The disk of {Path} has {Free} bytes left, less than the {Reserve} that stay free: profiles are refused", dataPath, free, limits.Reserve);
        }
        else
        {
            logger.LogError("What lies in {Path} comes to {Used} bytes, nearly the {Budget} that it may (-disk.budget): profiles are refused", dataPath, used, limits.Budget);
        }
    }

    // What goes meanwhile is not counted, nor what lies where the process may not look, such as lost+found.
    private long BytesOf(string folder, int depth)
    {
        long bytes = 0;
        foreach (var entry in depth > 0 ? EntriesOf(folder) : [])
        {
            bytes += entry.IsDirectory ? BytesOf(Path.Join(folder, entry.Name), depth - 1) : entry.Length;
        }

        return bytes;
    }

    private IReadOnlyList<DiskEntry> EntriesOf(string folder)
    {
        try
        {
            return disk.List(folder);
        }
        catch (UnauthorizedAccessException) when (folder != dataPath)
        {
            return [];
        }
    }
}
