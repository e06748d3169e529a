using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Pyro.ServiceDefaults.Telemetry;

/// <summary>Log lines as JSON objects with the keys of <see cref="LogfmtFormatter"/>: what Pyroscope's <c>-log.format=json</c> writes.</summary>
internal sealed class JsonLogFormatter(TimeProvider time) : ConsoleFormatter(FormatName)
{
    /// <summary>Name under which the console logger finds it.</summary>
    internal const string FormatName = "pyro-json";

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Readable))
        {
            json.WriteStartObject();
            json.WriteString("ts", time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture));
            json.WriteString("caller", entry.Category);
            json.WriteString("level", LogFields.LevelName(entry.LogLevel));
            json.WriteString("msg", message);
            foreach (var (key, value) in LogFields.Of(entry.State, message))
                json.WriteString(key, value);
            if (entry.Exception is { } exception)
                json.WriteString("err", LogFields.ErrorText(entry.Category, exception));
            json.WriteEndObject();
        }
        output.Write(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
        output.Write('\n');
    }
}
