using Grpc.Core;

namespace Pyro.Connect.Invokers;

/// <summary>A way between two processes of a simulation. All that happens on it follows from its clock and its source of chance.</summary>
/// <param name="time">The simulation's clock.</param>
/// <param name="random">The simulation's seeded chance.</param>
/// <param name="scheduler">Where handlers run.</param>
public sealed class SimulatedLink(TimeProvider time, Random random, TaskScheduler scheduler)
{
    /// <summary>The least time that a message takes.</summary>
    public TimeSpan MinDelay { get; set; }

    /// <summary>The most time that a message takes.</summary>
    public TimeSpan MaxDelay { get; set; }

    /// <summary>How likely a message takes the connection down with it, 0 to 1: a lost answer is a call that was served all the same.</summary>
    public double Loss { get; set; }

    /// <summary>Nothing gets through.</summary>
    public bool IsCut { get; set; }

    /// <summary>How long a dead connection goes unnoticed; then the call is <c>unavailable</c>.</summary>
    public TimeSpan Detection { get; set; } = TimeSpan.FromSeconds(4);

    internal TimeProvider Time => time;

    internal TaskScheduler Scheduler => scheduler;

    /// <summary>Ends when a message has arrived.</summary>
    /// <exception cref="RpcException">It never will.</exception>
    internal async ValueTask Travel(CancellationToken cancellation)
    {
        var lost = Loss > 0 && random.NextDouble() < Loss;
        var delay = MinDelay + ((MaxDelay - MinDelay) * (MaxDelay > MinDelay ? random.NextDouble() : 0));
        if (delay > TimeSpan.Zero)
            await Task.Delay(delay, time, cancellation);
        if (!lost && !IsCut)
            return;
        await Task.Delay(Detection, time, cancellation);
        throw new RpcException(new Status(StatusCode.Unavailable, "the connection was lost"));
    }
}
