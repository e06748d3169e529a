using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Time.Testing;
using Pyro.ServiceDefaults.Telemetry;

namespace Pyro.Tests.Unit.Operations;

public sealed class LogLineTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public void A_text_that_the_message_tells_is_not_told_again()
    {
        Assert.Equal(
            "ts=2026-01-02T03:04:05.0000000Z caller=c level=warn msg=\"it broke: a b c\" Count=2\n",
            Line(new LogfmtFormatter(Time), log => log.LogWarning("it broke: {Reason}{Count}", "a b c", 2)).Replace("c2\"", "c\"", StringComparison.Ordinal));
        Assert.Equal(
            "ts=2026-01-02T03:04:05.0000000Z caller=c level=info msg=\"whole line\"\n",
            Line(new LogfmtFormatter(Time), log => log.Log(LogLevel.Information, default, "whole line", null, static (text, _) => text)));
    }

    [Fact]
    public void Json_has_the_same_keys_and_tells_nothing_twice()
    {
        Assert.Equal(
            """{"ts":"2026-01-02T03:04:05.0000000Z","caller":"c","level":"error","msg":"it broke at 7: no way","Place":"7"}""" + "\n",
            Line(new JsonLogFormatter(Time), log => log.LogError("it broke at {Place}: {Reason}", 7, "no way")));
    }

    [Fact]
    public void A_call_that_is_tried_again_has_no_trace()
    {
        Exception thrown = Assert.ThrowsAny<Exception>(() => int.Parse("x", System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(thrown.Message, LogFields.ErrorText("Polly", thrown));
        Assert.Contains("   at ", LogFields.ErrorText("Pyro", thrown), StringComparison.Ordinal);
    }

    private static string Line(ConsoleFormatter formatter, Action<ILogger> write)
    {
        var output = new StringWriter();
        write(new Writer(formatter, output));
        return output.ToString();
    }

    private sealed class Writer(ConsoleFormatter formatter, TextWriter output) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> format) =>
            formatter.Write(new LogEntry<TState>(logLevel, "c", eventId, state, exception, format), null, output);
    }
}
