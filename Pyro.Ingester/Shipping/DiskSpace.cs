using Pyro.Disk;

namespace Pyro.Ingester.Shipping;

/// <summary>
/// Watches the room on the disk: below the reserve no profile is taken in any more, since the log, blocks on their way and what lies there
/// already need it; what is held is served all the same. Profiles are taken again when there is a quarter more than the reserve.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="dataPath">Everything that the ingester keeps.</param>
/// <param name="reserve">Bytes that stay free; 0: not watched.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Told when it begins and ends.</param>
public sealed class DiskSpace(IDisk disk, string dataPath, long reserve, TimeProvider time, ILogger<DiskSpace> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private volatile bool _isLow;

    /// <summary>Whether profiles are refused.</summary>
    public bool IsLow => _isLow;

    /// <summary>Watches until it is cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        while (true)
        {
            Look();
            await Task.Delay(Interval, time, cancellation);
        }
    }

    /// <summary>Looks now.</summary>
    public void Look()
    {
        if (reserve == 0)
        {
            return;
        }

        try
        {
            var free = disk.FreeBytes(dataPath);
            var isLow = free < (_isLow ? reserve + (reserve / 4) : reserve);
            if (isLow != _isLow)
            {
                _isLow = isLow;
                if (isLow)
                {
                    logger.LogError("The disk of {Path} has {Free} bytes left, less than the {Reserve} that stay free: profiles are refused", dataPath, free, reserve);
                }
                else
                {
                    logger.LogInformation("The disk of {Path} has {Free} bytes free: profiles are taken again", dataPath, free);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The room on the disk of {Path} cannot be told: {Error}", dataPath, e.Message);
        }
    }
}
