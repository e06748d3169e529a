using Microsoft.Extensions.Logging;
using Pyro.Ingester.Wal;

namespace Pyro.Tests.Unit.Wal;

/// <summary>Keeps what a log tells of.</summary>
internal sealed class LogLines : ILogger<WriteAheadLog>
{
    private readonly List<(LogLevel Level, string Text, Exception? Error)> _lines = [];

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
