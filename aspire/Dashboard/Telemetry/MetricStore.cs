namespace Aspire.Dashboard.Telemetry;

/// <summary>What kind of numbers an instrument gives.</summary>
public enum MetricKind
{
    /// <summary>A value as it is now.</summary>
    Gauge,

    /// <summary>A sum since the sender started.</summary>
    Sum,

    /// <summary>Counts by size: histograms of both forms, and summaries.</summary>
    Histogram,
}

/// <summary>The latest point of a series.</summary>
/// <param name="TimeNanos">Nanoseconds since the epoch.</param>
/// <param name="Value">The value of a gauge or sum; the sum of a histogram.</param>
/// <param name="Count">The number of measurements of a histogram.</param>
/// <param name="P50">The median of a histogram, estimated from its buckets; NaN: not known.</param>
/// <param name="P90">The 90th percentile.</param>
/// <param name="P99">The 99th percentile.</param>
public readonly record struct MetricPoint(long TimeNanos, double Value, long Count, double P50, double P90, double P99);

/// <summary>An instrument of one resource.</summary>
/// <param name="Resource">The resource's name.</param>
/// <param name="Meter">The meter's name.</param>
/// <param name="Name">The instrument's name.</param>
public readonly record struct InstrumentKey(string Resource, string Meter, string Name);

/// <summary>An instrument and what is known of it.</summary>
/// <param name="Key">Which one.</param>
/// <param name="Kind">What its numbers are.</param>
/// <param name="Unit">The unit; may be empty.</param>
/// <param name="Description">What it measures; may be empty.</param>
/// <param name="Series">The series held.</param>
public sealed record InstrumentSummary(InstrumentKey Key, MetricKind Kind, string Unit, string Description, int Series);

/// <summary>A series and its latest point.</summary>
/// <param name="Instance">The instance that sent it; may be empty.</param>
/// <param name="Attributes">What tells it from the others of its instrument.</param>
/// <param name="Point">The latest point.</param>
public sealed record SeriesSummary(string Instance, TelemetryAttribute[] Attributes, MetricPoint Point);

/// <summary>A point on its way into the store.</summary>
internal readonly record struct MetricSample(TelemetryResource Resource, string Meter, string Name, string Unit, string Description, MetricKind Kind, bool IsDelta, TelemetryAttribute[] Attributes, MetricPoint Point);

/// <summary>The latest point of each series; when a resource has too many, those of its own go first that were not heard of for longest.</summary>
internal sealed class MetricStore(TelemetryLimits limits, Func<string, bool> isKnown)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<InstrumentKey, Instrument> _instruments = [];
    private readonly FairShares<Series> _shares = new(isKnown);
    private long _version;

    /// <summary>Grows with every batch.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>The series held.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _shares.Count;
        }
    }

    /// <summary>About how many bytes the series take.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _shares.Bytes;
        }
    }

    /// <summary>The series of a resource, or of all, that others took the place of.</summary>
    public long Dropped(string? resource)
    {
        lock (_lock)
            return _shares.Dropped(resource);
    }

    public void Add(List<MetricSample> samples)
    {
        lock (_lock)
        {
            foreach (ref readonly var sample in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(samples))
                Add(sample);
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>The instruments of a resource, or of all, in order.</summary>
    public List<InstrumentSummary> Instruments(string? resource)
    {
        var found = new List<InstrumentSummary>();
        lock (_lock)
        {
            foreach (var (key, instrument) in _instruments)
            {
                if (resource is null || resource.Equals(key.Resource, StringComparison.OrdinalIgnoreCase))
                    found.Add(new InstrumentSummary(key, instrument.Kind, instrument.Unit, instrument.Description, instrument.Series.Count));
            }
        }
        found.Sort((a, b) => string.CompareOrdinal(a.Key.Meter, b.Key.Meter) is var order and not 0 ? order
            : string.CompareOrdinal(a.Key.Name, b.Key.Name) is var names and not 0 ? names
            : string.CompareOrdinal(a.Key.Resource, b.Key.Resource));
        return found;
    }

    /// <summary>The series of an instrument.</summary>
    public List<SeriesSummary> Find(InstrumentKey key)
    {
        var found = new List<SeriesSummary>();
        lock (_lock)
        {
            if (_instruments.TryGetValue(key, out var instrument))
            {
                foreach (var series in instrument.Series.Values)
                    found.Add(new SeriesSummary(series.Key.Instance, series.Key.Attributes, series.Point));
            }
        }
        return found;
    }

    private void Add(in MetricSample sample)
    {
        var key = new InstrumentKey(sample.Resource.Name, sample.Meter, sample.Name);
        if (!_instruments.TryGetValue(key, out var instrument))
        {
            instrument = new Instrument(key, sample.Kind, sample.Unit, sample.Description, Weight.Of(sample));
            _instruments.Add(key, instrument);
            _shares.Weigh(_shares.Of(key.Resource), instrument.Bytes);
        }

        var seriesKey = new SeriesKey(sample.Resource.Instance, sample.Attributes);
        if (instrument.Series.TryGetValue(seriesKey, out var series))
        {
            series.Point = sample.IsDelta ? Sum(series.Point, sample.Point) : sample.Point;
            var place = series.Place!;
            place.List!.Remove(place);
            series.Share.Items.AddLast(place);
            return;
        }

        series = new Series(instrument, seriesKey, _shares.Of(key.Resource), 300 + Weight.Of(sample.Attributes) + Weight.Of(sample.Resource)) { Point = sample.Point };
        series.Place = _shares.Add(series.Share, series, series.Bytes);
        instrument.Series.Add(seriesKey, series);
        while (_shares.Count > limits.MaxPoints || (_shares.Bytes > limits.MaxBytes && _shares.Count > 1))
            Drop(_shares.DropOldest(byBytes: _shares.Count <= limits.MaxPoints, one => one.Bytes));
    }

    private static MetricPoint Sum(MetricPoint old, MetricPoint add) => add with { Value = old.Value + add.Value, Count = old.Count + add.Count };

    private void Drop(Series series)
    {
        series.Instrument.Series.Remove(series.Key);
        if (series.Instrument.Series.Count > 0)
            return;
        _instruments.Remove(series.Instrument.Key);
        _shares.Weigh(series.Share, -series.Instrument.Bytes);
    }

    private sealed class Instrument(InstrumentKey key, MetricKind kind, string unit, string description, long bytes)
    {
        public InstrumentKey Key { get; } = key;

        public MetricKind Kind { get; } = kind;

        public string Unit { get; } = unit;

        public string Description { get; } = description;

        /// <summary>What its names weigh.</summary>
        public long Bytes { get; } = bytes;

        public Dictionary<SeriesKey, Series> Series { get; } = [];
    }

    private sealed class Series(Instrument instrument, SeriesKey key, Share<Series> share, long bytes)
    {
        public Instrument Instrument { get; } = instrument;

        public SeriesKey Key { get; } = key;

        public Share<Series> Share { get; } = share;

        public long Bytes { get; } = bytes;

        public MetricPoint Point { get; set; }

        public LinkedListNode<Series>? Place { get; set; }
    }

    private readonly struct SeriesKey(string instance, TelemetryAttribute[] attributes) : IEquatable<SeriesKey>
    {
        public string Instance { get; } = instance;

        public TelemetryAttribute[] Attributes { get; } = attributes;

        public bool Equals(SeriesKey other) => Instance == other.Instance && Attributes.AsSpan().SequenceEqual(other.Attributes);

        public override bool Equals(object? obj) => obj is SeriesKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(Instance);
            foreach (var attribute in Attributes)
                hash.Add(attribute);
            return hash.ToHashCode();
        }
    }
}
