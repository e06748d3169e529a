namespace Aspire.Dashboard.Telemetry;

/// <summary>Which log records are wanted.</summary>
/// <param name="Resource">Of this resource; null: of all.</param>
/// <param name="MinSeverity">With this severity number or a higher one.</param>
/// <param name="Text">With this text in message, category, event name or an attribute; empty: any.</param>
/// <param name="TraceId">Of this trace; 0: any.</param>
/// <param name="SpanId">Of this span; 0: any.</param>
internal sealed record LogQuery(string? Resource = null, int MinSeverity = 0, string Text = "", UInt128 TraceId = default, ulong SpanId = 0)
{
    public bool Takes(LogEntry log) =>
        (Resource is null || Resource.Equals(log.Resource.Name, StringComparison.OrdinalIgnoreCase)) &&
        log.Severity >= MinSeverity &&
        (TraceId == UInt128.Zero || log.TraceId == TraceId) &&
        (SpanId == 0 || log.SpanId == SpanId) &&
        (Text.Length == 0 || Holds(log));

    private bool Holds(LogEntry log)
    {
        if (Contains(log.Message) || Contains(log.Scope) || Contains(log.EventName))
            return true;
        foreach (var attribute in log.Attributes)
        {
            if (Contains(attribute.Value) || Contains(attribute.Name))
                return true;
        }
        return false;
    }

    private bool Contains(string text) => text.Contains(Text, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The newest log records, in a ring bounded by number and by bytes.</summary>
internal sealed class LogStore(TelemetryLimits limits)
{
    private readonly Lock _lock = new();
    private readonly LogEntry?[] _ring = new LogEntry?[limits.MaxLogs];
    private long _next = 1, _first = 1, _bytes;

    /// <summary>Grows with every record.</summary>
    public long Version => Interlocked.Read(ref _next);

    /// <summary>The records held.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return (int)(_next - _first);
        }
    }

    /// <summary>About how many bytes the records take.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public void Add(List<LogEntry> logs)
    {
        lock (_lock)
        {
            foreach (var log in logs)
            {
                log.Id = _next;
                _bytes += Weight.Of(log);
                if (_next - _first == _ring.Length)
                    DropFirst();
                _ring[_next % _ring.Length] = log;
                Interlocked.Increment(ref _next);
                while (_bytes > limits.MaxBytes && _next - _first > 1)
                    DropFirst();
            }
        }
    }

    /// <summary>The records asked for, in the order of arrival.</summary>
    public List<LogEntry> Find(LogQuery query)
    {
        var found = new List<LogEntry>();
        lock (_lock)
        {
            for (var i = _first; i < _next; i++)
            {
                var log = _ring[i % _ring.Length]!;
                if (query.Takes(log))
                    found.Add(log);
            }
        }
        return found;
    }

    private void DropFirst()
    {
        ref var slot = ref _ring[_first++ % _ring.Length];
        _bytes -= Weight.Of(slot!);
        slot = null;
    }
}
