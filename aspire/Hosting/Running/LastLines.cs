namespace Aspire.Hosting.Running;

/// <summary>The last lines of a process, to tell from them why it ended.</summary>
internal sealed class LastLines
{
    private const int Capacity = 200;

    /// <summary>How lines begin, or what they hold, that tell of an error: logfmt, JSON, .NET's console logger, Node, Python, Go, .NET, shells.</summary>
    private static readonly string[] Beginnings = ["error", "fatal", "panic:", "fail:", "crit:", "Unhandled exception"];
    private static readonly string[] Levels =
        ["level=error", "level=critical", "level=fatal", "\"level\":\"error\"", "\"level\":\"critical\"", "\"level\":\"fatal\"", "Error: ", "Exception: ", "[ERROR]", " ERROR ", "[error]"];

    private readonly Lock _lock = new();
    private readonly Queue<ProcessLine> _lines = new();

    /// <summary>Adds lines; the oldest make room.</summary>
    public void Add(IReadOnlyCollection<ProcessLine> lines)
    {
        lock (_lock)
        {
            foreach (var line in lines)
            {
                if (_lines.Count == Capacity)
                    _lines.Dequeue();
                _lines.Enqueue(line);
            }
        }
    }

    /// <summary>Forgets all lines: another process begins.</summary>
    public void Clear()
    {
        lock (_lock)
            _lines.Clear();
    }

    /// <summary>Whether a line holds one of the texts, in whatever case.</summary>
    public bool AnyContains(params string[] texts)
    {
        lock (_lock)
            return _lines.Any(line => Array.Exists(texts, text => line.Text.Contains(text, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>The last line that tells of an error, else the last one of standard error, else the last one, said as a sentence; null without any.</summary>
    public string? Cause()
    {
        ProcessLine[] lines;
        lock (_lock)
            lines = [.. _lines.Where(line => !string.IsNullOrWhiteSpace(line.Text))];
        if (Array.FindLast(lines, TellsOfError) is { Text: { } error })
            return $"Its last error: {error.Trim()}";
        if (lines.Length == 0)
            return null;
        var last = Array.FindLast(lines, line => line.IsError).Text ?? lines[^1].Text;
        return $"Its last line: {last.Trim()}";
    }

    private static bool TellsOfError(ProcessLine line)
    {
        var text = line.Text.AsSpan().TrimStart();
        foreach (var beginning in Beginnings)
        {
            if (text.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        foreach (var level in Levels)
        {
            if (text.Contains(level, StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
