namespace Aspire.Dashboard.Telemetry;

/// <summary>A trace in one line.</summary>
/// <param name="Id">The trace.</param>
/// <param name="Name">The name of its first span, the one without a parent where there is one.</param>
/// <param name="StartNanos">When its first span began, in nanoseconds since the epoch.</param>
/// <param name="DurationNanos">From its first start to its last end; spans whose times cannot be count only where all are such.</param>
/// <param name="Spans">The spans held.</param>
/// <param name="Errors">Those that failed.</param>
/// <param name="HasOddTimes">One of them has times that cannot be.</param>
/// <param name="Resources">Who took part, with the number of spans each.</param>
public sealed record TraceSummary(UInt128 Id, string Name, long StartNanos, long DurationNanos, int Spans, int Errors, bool HasOddTimes, IReadOnlyList<KeyValuePair<string, int>> Resources);

/// <summary>The newest traces, bounded by number, by the spans that one resource has in one trace, and by bytes.</summary>
internal sealed class TraceStore(TelemetryLimits limits, Func<string, bool> isKnown)
{
    /// <summary>Resources of one trace.</summary>
    private const int MaxParts = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Trace> _traces = [];
    private readonly FairShares<Part> _shares = new(isKnown);
    private long _version, _arrivals;

    /// <summary>Grows with every batch.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>The traces held.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _traces.Count;
        }
    }

    /// <summary>About how many bytes the spans take.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _shares.Bytes;
        }
    }

    /// <summary>Takes spans; returns how many had no room in their trace.</summary>
    public int Add(List<SpanEntry> spans)
    {
        var refused = 0;
        lock (_lock)
        {
            foreach (var span in spans)
                refused += Add(span) ? 0 : 1;
            Interlocked.Increment(ref _version);
        }
        return refused;
    }

    /// <summary>The traces in which a resource, or anybody, took part and that newer ones took the place of.</summary>
    public long Dropped(string? resource)
    {
        lock (_lock)
            return _shares.Dropped(resource);
    }

    /// <summary>The spans of a trace by start; empty: not held.</summary>
    public List<SpanEntry> Spans(UInt128 id)
    {
        var spans = new List<SpanEntry>();
        lock (_lock)
        {
            foreach (var part in _traces.TryGetValue(id, out var trace) ? trace.Parts : [])
                spans.AddRange(part.Spans);
        }
        spans.Sort((a, b) => a.StartNanos.CompareTo(b.StartNanos));
        return spans;
    }

    /// <summary>The traces that a resource took part in, or all; those that arrived last stand first, whatever times their senders claim.</summary>
    /// <param name="resource">The resource's name; null: all.</param>
    /// <param name="text">A part of the name of one of its spans; empty: any.</param>
    /// <param name="onlyErrors">Only those with a failed span.</param>
    public List<TraceSummary> Find(string? resource, string text, bool onlyErrors)
    {
        var found = new List<TraceSummary>();
        lock (_lock)
        {
            var traces = new List<Trace>(_traces.Values);
            traces.Sort((a, b) => b.Arrival.CompareTo(a.Arrival));
            foreach (var trace in traces)
            {
                if (Takes(trace, resource, text, onlyErrors))
                    found.Add(Summary(trace));
            }
        }
        return found;
    }

    private bool Add(SpanEntry span)
    {
        if (!_traces.TryGetValue(span.TraceId, out var trace))
            _traces.Add(span.TraceId, trace = new Trace(span.TraceId, _arrivals++));
        var part = trace.Parts.Find(one => one.Resource == span.Resource.Name);
        if (part is null && trace.Parts.Count == MaxParts)
            return false;
        if (part is null)
        {
            part = new Part(trace, span.Resource.Name, _shares.Of(span.Resource.Name));
            trace.Parts.Add(part);
            _shares.Add(part.Share, part, 0);
            Grow(part, 500);
        }
        if (part.Spans.Count >= limits.MaxSpansPerTrace)
            return false;
        part.Spans.Add(span);
        Grow(part, Weight.Of(span));
        while (_traces.Count > limits.MaxTraces)
            Drop(byBytes: false);
        // One part alone over the budget starts anew.
        while (_shares.Bytes > limits.MaxBytes)
            Drop(byBytes: true);
        return true;
    }

    private void Grow(Part part, long bytes)
    {
        part.Bytes += bytes;
        _shares.Weigh(part.Share, bytes);
    }

    private void Drop(bool byBytes)
    {
        var part = _shares.DropOldest(byBytes, one => one.Bytes);
        part.Trace.Parts.Remove(part);
        if (part.Trace.Parts.Count == 0)
            _traces.Remove(part.Trace.Id);
    }

    private static bool Takes(Trace trace, string? resource, string text, bool onlyErrors)
    {
        bool from = resource is null, named = text.Length == 0, failed = !onlyErrors;
        foreach (var part in trace.Parts)
        {
            from = from || part.Resource.Equals(resource, StringComparison.OrdinalIgnoreCase);
            foreach (var span in named && failed ? [] : part.Spans)
            {
                named = named || span.Name.Contains(text, StringComparison.OrdinalIgnoreCase);
                failed = failed || span.IsError;
            }
        }
        return from && named && failed;
    }

    private static TraceSummary Summary(Trace trace)
    {
        SpanEntry? first = null;
        int spans = 0, errors = 0, odd = 0;
        long start = long.MaxValue, end = 0;
        foreach (var part in trace.Parts)
        {
            spans += part.Spans.Count;
            foreach (var span in part.Spans)
            {
                if (first is null || (span.ParentId == 0, !span.HasOddTimes, -span.StartNanos).CompareTo((first.ParentId == 0, !first.HasOddTimes, -first.StartNanos)) > 0)
                    first = span;
                errors += span.IsError ? 1 : 0;
                odd += span.HasOddTimes ? 1 : 0;
                if (span.HasOddTimes)
                    continue;
                start = Math.Min(start, span.StartNanos);
                end = Math.Max(end, span.EndNanos);
            }
        }
        if (odd == spans)
            (start, end) = (first!.StartNanos, first.EndNanos);
        return new TraceSummary(trace.Id, first!.Name, start, Math.Max(0, end - start), spans, errors, odd > 0,
            [.. trace.Parts.Select(part => KeyValuePair.Create(part.Resource, part.Spans.Count))]);
    }

    private sealed class Trace(UInt128 id, long arrival)
    {
        public UInt128 Id { get; } = id;

        public long Arrival { get; } = arrival;

        /// <summary>What each resource sent of it; never empty.</summary>
        public List<Part> Parts { get; } = [];
    }

    /// <summary>The spans of a trace that one resource sent.</summary>
    private sealed class Part(Trace trace, string resource, Share<Part> share)
    {
        public Trace Trace { get; } = trace;

        public string Resource { get; } = resource;

        public Share<Part> Share { get; } = share;

        public List<SpanEntry> Spans { get; } = [];

        public long Bytes { get; set; }
    }
}
