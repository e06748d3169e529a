using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A line of a log.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Time">When it was written, UTC.</param>
/// <param name="Text">The line.</param>
/// <param name="IsError">Whether it was written to standard error.</param>
internal readonly record struct LogEntry(long Number, DateTime Time, string Text, bool IsError);

/// <summary>
/// The last lines of one log, in a ring. Watchers read from the ring at their own pace, so that a fast writer neither waits for
/// a slow reader nor makes memory grow: who falls behind more than the ring holds misses lines, and sees it by their numbers.
/// </summary>
internal sealed class ResourceLog(ILogger? forwardTo)
{
    /// <summary>How many lines are kept.</summary>
    public const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private readonly List<ResourceLog> _instances = [];
    private LogEntry[] _ring = new LogEntry[64];
    private ResourceLog? _resource;
    private long _first = 1;
    private long _next = 1;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _completions;

    /// <summary>Adds a line written now.</summary>
    /// <param name="text">The line.</param>
    /// <param name="isError">Whether it was written to standard error.</param>
    public void Append(string text, bool isError)
    {
        var time = DateTime.UtcNow;
        Append(time, text, isError);
        _resource?.Append(time, text, isError);
        ResourceLog[] instances;
        lock (_lock)
            instances = _instances.Count == 0 ? [] : [.. _instances];
        foreach (var instance in instances)
            instance.Append(time, text, isError);
    }

    /// <summary>The lines from number <paramref name="last"/> + 1 on.</summary>
    public IReadOnlyList<LogEntry> After(long last)
    {
        lock (_lock)
            return Copy(last);
    }

    /// <summary>The lines so far, then those to come, until the log is complete.</summary>
    public async IAsyncEnumerable<IReadOnlyList<LogEntry>> Watch([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var last = 0L;
        int completions;
        lock (_lock)
            completions = _completions;
        while (true)
        {
            LogEntry[] lines;
            Task changed;
            bool complete;
            lock (_lock)
            {
                lines = Copy(last);
                changed = _changed.Task;
                complete = completions != _completions;
            }
            if (lines.Length > 0)
            {
                last = lines[^1].Number;
                yield return lines;
            }
            else if (complete)
            {
                yield break;
            }
            else
            {
                await changed.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Lets watchers come to an end once they have read all lines.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completions++;
            Signal();
        }
    }

    /// <summary>Forgets the lines so far; numbers go on.</summary>
    public void Clear()
    {
        lock (_lock)
            _first = _next;
    }

    /// <summary>Takes an instance's lines too, and gives it the lines that are about the resource.</summary>
    public void Attach(ResourceLog instance)
    {
        lock (_lock)
        {
            if (_instances.Contains(instance))
                return;
            _instances.Add(instance);
            instance._resource = this;
        }
    }

    private void Append(DateTime time, string text, bool isError)
    {
        lock (_lock)
        {
            if (_next - _first == _ring.Length && _ring.Length < Capacity)
                Grow();
            _ring[_next % _ring.Length] = new LogEntry(_next, time, text, isError);
            _next++;
            _first = Math.Max(_first, _next - _ring.Length);
            Signal();
        }
        forwardTo?.Log(isError ? LogLevel.Error : LogLevel.Information, "{Line}", text);
    }

    private void Grow()
    {
        var larger = new LogEntry[Math.Min(Capacity, _ring.Length * 4)];
        for (var number = _first; number < _next; number++)
            larger[number % larger.Length] = _ring[number % _ring.Length];
        _ring = larger;
    }

    private LogEntry[] Copy(long last)
    {
        var from = Math.Max(last + 1, _first);
        var lines = new LogEntry[Math.Max(0, _next - from)];
        for (var i = 0; i < lines.Length; i++)
            lines[i] = _ring[(from + i) % _ring.Length];
        return lines;
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>Writes what the model logs about a resource into the resource's log.</summary>
internal sealed class ResourceLogger(ResourceLog log) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var text = formatter(state, exception) + (exception is null ? "" : Environment.NewLine + exception);
        foreach (var line in text.Split('\n'))
            log.Append(line.TrimEnd('\r'), logLevel >= LogLevel.Error);
    }
}
