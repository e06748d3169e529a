using Pyro.ObjectStore;

namespace Pyro.Ingester.Shipping;

/// <summary>
/// Tries the bucket at start, until it works, and tells what is wrong with it: blocks are shipped later only, and a wrong setting is not to
/// show then. Profiles are taken meanwhile.
/// </summary>
/// <param name="probe">Tries the bucket.</param>
/// <param name="logger">Told of the bucket's state.</param>
public sealed class BucketCheck(StoreProbe probe, ILogger<BucketCheck> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string? told = null;
        try
        {
            await foreach (var result in probe.UntilOk(stoppingToken))
            {
                if (result.Ok)
                {
                    logger.LogInformation("The bucket works: {Result}", result.Message);
                }
                else if (result.Message != told)
                {
                    told = result.Message;
                    logger.LogError("The bucket cannot be used, which is tried on: {Fault}", result.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }
}
