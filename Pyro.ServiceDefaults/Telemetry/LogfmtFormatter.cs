using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Pyro.ServiceDefaults.Telemetry;

/// <summary>Log lines as <c>ts=… caller=… level=… msg="…" key=value</c>, UTC, one a line: what Pyroscope's <c>-log.format=logfmt</c> writes.</summary>
internal sealed class LogfmtFormatter(TimeProvider time) : ConsoleFormatter(FormatName)
{
    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(" \"=\n\r\t\\");

    /// <summary>Name under which the console logger finds it.</summary>
    internal const string FormatName = "logfmt";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        output.Write("ts=");
        output.Write(time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture));
        output.Write(" caller=");
        output.Write(entry.Category);
        output.Write(" level=");
        output.Write(LogFields.LevelName(entry.LogLevel));
        WritePair(output, "msg", message);
        foreach (var (key, value) in LogFields.Of(entry.State, message))
            WritePair(output, key, value);
        if (entry.Exception is { } exception)
            WritePair(output, "err", LogFields.ErrorText(entry.Category, exception));
        output.Write('\n');
    }

    private static void WritePair(TextWriter output, string key, string value)
    {
        output.Write(' ');
        output.Write(key);
        output.Write('=');
        if (value.AsSpan().IndexOfAny(NeedQuotes) < 0 && value.Length > 0)
        {
            output.Write(value);
            return;
        }
        output.Write('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"' or '\\':
                    output.Write('\\');
                    output.Write(c);
                    break;
                case '\n':
                    output.Write("\\n");
                    break;
                case '\r':
                    output.Write("\\r");
                    break;
                case '\t':
                    output.Write("\\t");
                    break;
                default:
                    output.Write(c);
                    break;
            }
        }
        output.Write('"');
    }
}
