namespace Pyro.Tests.Simulation.Life;

/// <summary>The time of a machine whose clock is set wrong and right again: what is measured and waited for goes on evenly.</summary>
internal sealed class JumpingTime(TimeProvider even) : TimeProvider
{
    /// <summary>By how much the clock is wrong.</summary>
    public TimeSpan Error { get; set; }

    public override long TimestampFrequency => even.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => even.GetUtcNow() + Error;

    public override long GetTimestamp() => even.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => even.CreateTimer(callback, state, dueTime, period);
}
