using Aspire.Dashboard.Telemetry;
using static Aspire.Dashboard.Otlp.WireReader;

namespace Aspire.Dashboard.Otlp;

/// <summary>Reads the points of the five forms of metrics; of buckets only estimated percentiles are kept.</summary>
internal sealed class MetricPoints
{
    /// <summary>Buckets of one point; with more of them the percentiles are left unknown.</summary>
    private const int MaxBuckets = 4096;

    private readonly List<TelemetryAttribute> _attributes = [];
    private readonly List<ulong> _counts = [], _negative = [];
    private readonly List<double> _bounds = [];

    /// <summary>Reads a point of the form that Metric's oneof gives the number of: 5 gauge, 7 sum, 9 histogram, 10 exponential histogram, 11 summary.</summary>
    public (TelemetryAttribute[] Attributes, MetricPoint Point) Read(ReadOnlySpan<byte> bytes, uint form)
    {
        var point = form switch
        {
            9 => Histogram(bytes),
            10 => Exponential(bytes),
            11 => Summary(bytes),
            _ => Number(bytes),
        };
        return (OtlpValues.Gathered(_attributes), point);
    }

    private MetricPoint Number(ReadOnlySpan<byte> bytes)
    {
        ulong time = 0;
        double value = 0;
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case 3 << 3 | Fixed64:
                    time = reader.ReadFixed64();
                    break;
                case 4 << 3 | Fixed64:
                    value = reader.ReadDouble();
                    break;
                case 6 << 3 | Fixed64:
                    value = (long)reader.ReadFixed64();
                    break;
                case 7 << 3 | Length:
                    OtlpValues.Attribute(reader.ReadBytes(), _attributes);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return new MetricPoint(OtlpValues.Nanos(time), value, 0, double.NaN, double.NaN, double.NaN);
    }

    private MetricPoint Histogram(ReadOnlySpan<byte> bytes)
    {
        ulong time = 0, count = 0;
        double sum = 0;
        _counts.Clear();
        _bounds.Clear();
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case 3 << 3 | Fixed64:
                    time = reader.ReadFixed64();
                    break;
                case 4 << 3 | Fixed64:
                    count = reader.ReadFixed64();
                    break;
                case 5 << 3 | Fixed64:
                    sum = reader.ReadDouble();
                    break;
                case 6 << 3 | Length:
                    Numbers(reader.ReadBytes(), isFixed: true, _counts);
                    break;
                case 7 << 3 | Length:
                    Doubles(reader.ReadBytes());
                    break;
                case 9 << 3 | Length:
                    OtlpValues.Attribute(reader.ReadBytes(), _attributes);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        // The last bucket has no upper bound.
        if (_bounds.Count + 1 != _counts.Count)
            _counts.Clear();
        else if (_bounds.Count > 0)
            _bounds.Add(_bounds[^1]);
        return Point(time, count, sum);
    }

    private MetricPoint Exponential(ReadOnlySpan<byte> bytes)
    {
        ulong time = 0, count = 0, zeros = 0;
        double sum = 0;
        int scale = 0, offset = 0, negativeOffset = 0;
        _counts.Clear();
        _negative.Clear();
        _bounds.Clear();
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case 1 << 3 | Length:
                    OtlpValues.Attribute(reader.ReadBytes(), _attributes);
                    break;
                case 3 << 3 | Fixed64:
                    time = reader.ReadFixed64();
                    break;
                case 4 << 3 | Fixed64:
                    count = reader.ReadFixed64();
                    break;
                case 5 << 3 | Fixed64:
                    sum = reader.ReadDouble();
                    break;
                case 6 << 3 | Varint:
                    scale = reader.ReadSigned();
                    break;
                case 7 << 3 | Fixed64:
                    zeros = reader.ReadFixed64();
                    break;
                case 8 << 3 | Length:
                    offset = Buckets(reader.ReadBytes(), _counts);
                    break;
                case 9 << 3 | Length:
                    negativeOffset = Buckets(reader.ReadBytes(), _negative);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // From the smallest value up: negative buckets backwards, zeros, positive buckets; each with its upper bound, and before the
        // first of a side an empty one that gives its lower bound.
        var growth = Math.Pow(2, Math.Pow(2, -Math.Clamp(scale, -10, 20)));
        var positive = _counts.ToArray();
        _counts.Clear();
        if (_negative.Count > 0)
            Bucket(0, -Math.Pow(growth, (double)negativeOffset + _negative.Count));
        for (var i = _negative.Count - 1; i >= 0; i--)
            Bucket(_negative[i], -Math.Pow(growth, (double)negativeOffset + i));
        Bucket(zeros, 0);
        Bucket(0, Math.Pow(growth, offset));
        for (var i = 0; i < positive.Length; i++)
            Bucket(positive[i], Math.Pow(growth, (double)offset + i + 1));
        return Point(time, count, sum);
    }

    private void Bucket(ulong count, double bound)
    {
        _counts.Add(count);
        _bounds.Add(bound);
    }

    private MetricPoint Summary(ReadOnlySpan<byte> bytes)
    {
        ulong time = 0, count = 0;
        double sum = 0, p50 = double.NaN, p90 = double.NaN, p99 = double.NaN;
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case 3 << 3 | Fixed64:
                    time = reader.ReadFixed64();
                    break;
                case 4 << 3 | Fixed64:
                    count = reader.ReadFixed64();
                    break;
                case 5 << 3 | Fixed64:
                    sum = reader.ReadDouble();
                    break;
                case 6 << 3 | Length:
                    var (quantile, value) = Quantile(reader.ReadBytes());
                    p50 = quantile == 0.5 ? value : p50;
                    p90 = quantile == 0.9 ? value : p90;
                    p99 = quantile == 0.99 ? value : p99;
                    break;
                case 7 << 3 | Length:
                    OtlpValues.Attribute(reader.ReadBytes(), _attributes);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return new MetricPoint(OtlpValues.Nanos(time), sum, OtlpValues.Nanos(count), p50, p90, p99);
    }

    private static (double Quantile, double Value) Quantile(ReadOnlySpan<byte> bytes)
    {
        double quantile = 0, value = 0;
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            if (reader.Tag == (1 << 3 | Fixed64))
                quantile = reader.ReadDouble();
            else if (reader.Tag == (2 << 3 | Fixed64))
                value = reader.ReadDouble();
            else
                reader.Skip();
        }
        return (quantile, value);
    }

    private MetricPoint Point(ulong time, ulong count, double sum) =>
        new(OtlpValues.Nanos(time), sum, OtlpValues.Nanos(count), Percentile(0.5), Percentile(0.9), Percentile(0.99));

    /// <summary>The value below which the share of measurements lies, straight between the bounds of its bucket.</summary>
    private double Percentile(double share)
    {
        double total = 0;
        foreach (var count in _counts)
            total += count;
        if (total == 0 || _bounds.Count != _counts.Count)
            return double.NaN;
        double below = 0, wanted = share * total;
        for (var i = 0; i < _counts.Count; i++)
        {
            if (_counts[i] > 0 && below + _counts[i] >= wanted)
            {
                var low = i == 0 ? Math.Min(0, _bounds[0]) : _bounds[i - 1];
                return low + ((_bounds[i] - low) * (wanted - below) / _counts[i]);
            }
            below += _counts[i];
        }
        return _bounds[^1];
    }

    /// <summary>Reads a Buckets message; returns its offset.</summary>
    private static int Buckets(ReadOnlySpan<byte> bytes, List<ulong> counts)
    {
        var offset = 0;
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            if (reader.Tag == (1 << 3 | Varint))
                offset = reader.ReadSigned();
            else if (reader.Tag == (2 << 3 | Length))
                Numbers(reader.ReadBytes(), isFixed: false, counts);
            else
                reader.Skip();
        }
        return offset;
    }

    private static void Numbers(ReadOnlySpan<byte> bytes, bool isFixed, List<ulong> numbers)
    {
        var reader = new WireReader(bytes);
        while (!reader.IsEmpty)
        {
            var number = isFixed ? reader.ReadFixed64() : reader.ReadVarint();
            if (numbers.Count <= MaxBuckets)
                numbers.Add(number);
        }
        if (numbers.Count > MaxBuckets)
            numbers.Clear();
    }

    private void Doubles(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        while (!reader.IsEmpty)
        {
            var bound = reader.ReadDouble();
            if (_bounds.Count <= MaxBuckets)
                _bounds.Add(bound);
        }
    }
}
