namespace Pyro.ObjectStore;

/// <summary>How patient a <see cref="ReliableStore"/> is.</summary>
public sealed record RetryOptions
{
    /// <summary>Attempts in all.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Wait before the second attempt, at most; it doubles with each. The wait is drawn evenly between 0 and that.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait, and the first one at most when the store asks for fewer requests.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for an answer to begin, and for each next piece of it.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Setting of <see cref="AnswerTimeout"/>, for errors; null when there is none.</summary>
    public string? TimeoutSetting { get; init; }

    /// <summary>Bytes per second that a body must be sent with, beyond the time for an answer.</summary>
    public long SlowestBytesPerSecond { get; init; } = 128 * 1024;

    /// <summary>Calls under way at once; the others wait.</summary>
    public int Concurrency { get; init; } = 64;
}
