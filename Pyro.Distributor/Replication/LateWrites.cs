using Pyro.Ring;

namespace Pyro.Distributor.Replication;

/// <summary>Lets replicas that are still being written have their time when the process stops.</summary>
internal sealed class LateWrites(QuorumWriter writer) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken) =>
        await writer.WhenIdle().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
}
