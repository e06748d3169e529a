using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pyro.Disk;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;
using Pyro.Ring;

namespace Pyro.Ingester;

/// <summary>
/// An ingester's life: lock the data path, replay the log, join the ring; at the end leave the ring, write what waits, unlock. The
/// replay runs while the server listens already, so that everybody is told to come back later instead of being cut off.
/// </summary>
public sealed class IngesterLifecycle : IHostedLifecycleService, IDisposable
{
    private readonly IngesterOptions _options;
    private readonly IDisk _disk;
    private readonly WriteAheadLog _log;
    private readonly ReplayedRecord _take;
    private readonly IngesterBlocks _blocks;
    private readonly Lifecycler _lifecycler;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _host;
    private readonly ILogger _logger;
    private readonly Func<string> _address;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDisposable? _lock;
    private Task _starting = Task.CompletedTask;

    /// <summary>An ingester that starts with its host.</summary>
    /// <param name="options">Where its data lie.</param>
    /// <param name="disk">Holds them.</param>
    /// <param name="log">Replayed at start, closed at the end.</param>
    /// <param name="take">Takes the log's records into the heads.</param>
    /// <param name="blocks">What heads become.</param>
    /// <param name="ring">Its place in the ring, and the address that is told there once the server listens.</param>
    /// <param name="host">Tells when the server listens, and is stopped when the ingester cannot start.</param>
    /// <param name="time">For the final sleep.</param>
    /// <param name="logger">Told of each step.</param>
    public IngesterLifecycle(
        IngesterOptions options,
        IDisk disk,
        WriteAheadLog log,
        ReplayedRecord take,
        IngesterBlocks blocks,
        (Lifecycler Lifecycler, Func<string> Address) ring,
        IHostApplicationLifetime host,
        TimeProvider time,
        ILogger<IngesterLifecycle> logger)
    {
        (_options, _disk, _log, _take, _blocks, _host, _time, _logger) = (options, disk, log, take, blocks, host, time, logger);
        (_lifecycler, _address) = ring;
    }

    /// <summary>Locks the data path and begins to replay and join; what goes wrong there stops the host.</summary>
    /// <exception cref="IOException">The data path cannot be used: the host does not start, and nobody is told that it is up.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        TakeDataPath();
        _starting = Begin(_stopping.Token);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _listening.TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>Tells the ring that no more writes are wanted; the server still serves those on their way.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _starting;
        _lifecycler.Leave();
    }

    /// <summary>Nothing yet: meanwhile the server drains, and replicas that are still being written have their time.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Makes blocks of the heads, writes what waits and closes the log, leaves the ring and unlocks the data path.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _blocks.Stop(cancellationToken);
        await _log.DisposeAsync();
        if (_lifecycler.State is not null && _options.FinalSleep > TimeSpan.Zero)
        {
            await Task.Delay(_options.FinalSleep, _time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        await _lifecycler.DisposeAsync();
        _lock?.Dispose();
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _lock?.Dispose();
    }

    private async Task Begin(CancellationToken stopping)
    {
        try
        {
            await _blocks.Recover(stopping);
            await _log.Replay(_take, stopping, _blocks.Unreadable.NameOf);
            _blocks.Start();
            await _listening.Task.WaitAsync(stopping);
            string address = _address();
            await _lifecycler.Join(address, stopping);
            _logger.LogInformation("The ingester {Id} takes profiles at {Address}", _options.Lifecycler.Id, address);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped while starting; what was not replayed stays in the log.
        }
        catch (Exception e)
        {
            await GiveUp(e, stopping);
        }
    }

    private void TakeDataPath()
    {
        try
        {
            _disk.CreateDirectory(_options.DataPath);
            _lock = _disk.TryLock(_options.LockFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"the data path '{_options.DataPath}' (-pyroscopedb.data-path) cannot be used: {e.Message}", e);
        }

        if (_lock is null)
        {
            throw new IOException($"the data path '{_options.DataPath}' (-pyroscopedb.data-path) is in use by another process");
        }
    }

    /// <summary>An ingester that cannot start must not stand there: the process ends and says so by its exit code.</summary>
    private async Task GiveUp(Exception reason, CancellationToken stopping)
    {
        Environment.ExitCode = 1;

        // A host that is stopped while it still starts throws something else; and the reason is the last thing to be read.
        await _listening.Task.WaitAsync(stopping)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (reason is IOException or UnauthorizedAccessException)
        {
            // What a disk refuses an operator can mend, and a trace would only hide it.
            _logger.LogError("The ingester cannot start: {Reason}", reason.Message);
        }
        else
        {
            _logger.LogCritical(reason, "The ingester cannot start");
        }

        _host.StopApplication();
    }
}
