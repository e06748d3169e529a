using Microsoft.Extensions.Logging;

namespace Pyro.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class LogLines<T> : ILogger<T>
{
    private readonly List<(LogLevel Level, string Text, Exception? Error)> _lines = [];

    /// <summary>All lines, in order.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines.Select(l => l.Text)];
            }
        }
    }

    /// <summary>Lines of a level, in order.</summary>
    public IReadOnlyList<(string Text, Exception? Error)> Of(LogLevel level)
    {
        lock (_lines)
        {
            return [.. _lines.Where(l => l.Level == level).Select(l => (l.Text, l.Error))];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add((logLevel, formatter(state, exception), exception));
        }
    }
}
