using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Pyro.ServiceDefaults.Telemetry;

/// <summary>What a log line says beside its message.</summary>
internal static class LogFields
{
    /// <summary>The named values of a line; texts of several words that the message tells already are left out.</summary>
    public static IEnumerable<(string Key, string Value)> Of<TState>(TState state, string message)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> pairs)
            yield break;
        foreach (var (key, value) in pairs)
        {
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            if (key != "{OriginalFormat}" && !(text.Contains(' ', StringComparison.Ordinal) && message.Contains(text, StringComparison.Ordinal)))
                yield return (key, text);
        }
    }

    /// <summary>An exception as a line tells it; of a call that failed and is tried again the trace says nothing to anybody.</summary>
    public static string ErrorText(string category, Exception exception) => category == "Polly" ? exception.Message : exception.ToString();

    /// <summary>A level as Pyroscope names it.</summary>
    public static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}
