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

/// <summary>The newest log records of each resource, bounded in all by number and by bytes.</summary>
internal sealed class LogStore(TelemetryLimits limits, Func<string, bool> isKnown)
{
    private readonly Lock _lock = new();
    private readonly FairShares<LogEntry> _shares = new(isKnown);
    private long _last;

    /// <summary>Grows with every record.</summary>
    public long Version => Interlocked.Read(ref _last);

    /// <summary>The records held.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _shares.Count;
        }
    }

    /// <summary>About how many bytes the records take.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _shares.Bytes;
        }
    }

    public void Add(List<LogEntry> logs)
    {
        lock (_lock)
        {
            foreach (var log in logs)
            {
                log.Id = Interlocked.Increment(ref _last);
                _shares.Add(_shares.Of(log.Resource.Name), log, Weight.Of(log));
                while (_shares.Count > limits.MaxLogs || (_shares.Bytes > limits.MaxBytes && _shares.Count > 1))
                    _shares.DropOldest(byBytes: _shares.Count <= limits.MaxLogs, Weight.Of);
            }
        }
    }

    /// <summary>The records of a resource, or of all, that newer ones took the place of.</summary>
    public long Dropped(string? resource)
    {
        lock (_lock)
            return _shares.Dropped(resource);
    }

    /// <summary>The records asked for, in the order of arrival.</summary>
    public List<LogEntry> Find(LogQuery query)
    {
        var found = new List<LogEntry>();
        lock (_lock)
        {
            foreach (var share in _shares.Holding(query.Resource))
            {
                foreach (var log in share.Items)
                {
                    if (query.Takes(log))
                        found.Add(log);
                }
            }
        }
        found.Sort((a, b) => a.Id.CompareTo(b.Id));
        return found;
    }
}
