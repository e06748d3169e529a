namespace Aspire.Dashboard.Telemetry;

/// <summary>A trace in one line.</summary>
/// <param name="Id">The trace.</param>
/// <param name="Name">The name of its first span, the one without a parent where there is one.</param>
/// <param name="StartNanos">When its first span began, in nanoseconds since the epoch.</param>
/// <param name="DurationNanos">From its first start to its last end.</param>
/// <param name="Spans">The spans held.</param>
/// <param name="Errors">Those that failed.</param>
/// <param name="Resources">Who took part, with the number of spans each.</param>
public sealed record TraceSummary(UInt128 Id, string Name, long StartNanos, long DurationNanos, int Spans, int Errors, IReadOnlyList<KeyValuePair<string, int>> Resources);

/// <summary>The newest traces, bounded by number, by spans of one trace, and by bytes.</summary>
internal sealed class TraceStore(TelemetryLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Trace> _traces = [];
    private readonly Queue<Trace> _byArrival = new();
    private long _version, _bytes;

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
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes spans; returns how many had no room in their trace.</summary>
    public int Add(List<SpanEntry> spans)
    {
        var refused = 0;
        lock (_lock)
        {
            foreach (var span in spans)
            {
                if (!_traces.TryGetValue(span.TraceId, out var trace))
                {
                    trace = new Trace(span.TraceId);
                    _traces.Add(span.TraceId, trace);
                    _byArrival.Enqueue(trace);
                }
                if (trace.Spans.Count >= limits.MaxSpansPerTrace)
                {
                    refused++;
                    continue;
                }
                var weight = Weight.Of(span);
                trace.Spans.Add(span);
                trace.Bytes += weight;
                _bytes += weight;
                while ((_traces.Count > limits.MaxTraces || _bytes > limits.MaxBytes) && _traces.Count > 1)
                    DropFirst();
                // One trace alone over the budget starts anew.
                if (_bytes > limits.MaxBytes)
                    DropFirst();
            }
            Interlocked.Increment(ref _version);
        }
        return refused;
    }

    /// <summary>The spans of a trace by start; empty: not held.</summary>
    public List<SpanEntry> Spans(UInt128 id)
    {
        List<SpanEntry> spans;
        lock (_lock)
            spans = _traces.TryGetValue(id, out var trace) ? [.. trace.Spans] : [];
        spans.Sort((a, b) => a.StartNanos.CompareTo(b.StartNanos));
        return spans;
    }

    /// <summary>The traces that a resource took part in, or all, newest first.</summary>
    /// <param name="resource">The resource's name; null: all.</param>
    /// <param name="text">A part of the name of one of its spans; empty: any.</param>
    /// <param name="onlyErrors">Only those with a failed span.</param>
    public List<TraceSummary> Find(string? resource, string text, bool onlyErrors)
    {
        var found = new List<TraceSummary>();
        lock (_lock)
        {
            foreach (var trace in _byArrival)
            {
                if (trace.Spans.Count > 0 && Takes(trace, resource, text, onlyErrors))
                    found.Add(Summary(trace));
            }
        }
        found.Sort((a, b) => b.StartNanos.CompareTo(a.StartNanos));
        return found;
    }

    private static bool Takes(Trace trace, string? resource, string text, bool onlyErrors)
    {
        bool from = resource is null, named = text.Length == 0, failed = !onlyErrors;
        foreach (var span in trace.Spans)
        {
            from = from || span.Resource.Name.Equals(resource, StringComparison.OrdinalIgnoreCase);
            named = named || span.Name.Contains(text, StringComparison.OrdinalIgnoreCase);
            failed = failed || span.IsError;
        }
        return from && named && failed;
    }

    private static TraceSummary Summary(Trace trace)
    {
        var first = trace.Spans[0];
        long end = 0;
        var errors = 0;
        var resources = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var span in trace.Spans)
        {
            if ((span.ParentId == 0, -span.StartNanos).CompareTo((first.ParentId == 0, -first.StartNanos)) > 0)
                first = span;
            end = Math.Max(end, span.EndNanos);
            errors += span.IsError ? 1 : 0;
            resources[span.Resource.Name] = resources.GetValueOrDefault(span.Resource.Name) + 1;
        }
        long start = long.MaxValue;
        foreach (var span in trace.Spans)
            start = Math.Min(start, span.StartNanos);
        return new TraceSummary(trace.Id, first.Name, start, Math.Max(0, end - start), trace.Spans.Count, errors, [.. resources]);
    }

    private void DropFirst()
    {
        var trace = _byArrival.Dequeue();
        _traces.Remove(trace.Id);
        _bytes -= trace.Bytes;
    }

    private sealed class Trace(UInt128 id)
    {
        public UInt128 Id { get; } = id;

        public List<SpanEntry> Spans { get; } = [];

        public long Bytes { get; set; }
    }
}
