using Pyro.Profiles.Labels;

namespace Pyro.Ingester.Head;

/// <summary>
/// The series of a head and its postings: label name, value, ascending series ids. Writers take the lock for a look-up; readers take
/// it only to copy references, since lists never shrink and their prefixes never change.
/// </summary>
public sealed class SeriesIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, HeadSeries> _byFingerprint = [];
    private readonly Dictionary<string, int> _nameIds = new(StringComparer.Ordinal);
    private HeadSeries[] _series = new HeadSeries[16];
    private LabelPostings[] _names = new LabelPostings[16];
    private int _seriesCount;
    private int _nameCount;

    /// <summary>Bytes allocated, by estimate.</summary>
    public long Bytes { get; private set; }

    /// <summary>The series and postings until now.</summary>
    public IndexView View()
    {
        lock (_lock)
        {
            return new IndexView(_series, _seriesCount, _names, _nameCount);
        }
    }

    /// <summary>The series of a fingerprint, or null.</summary>
    public HeadSeries? Find(ulong fingerprint)
    {
        lock (_lock)
        {
            return _byFingerprint.GetValueOrDefault(fingerprint);
        }
    }

    /// <summary>The series of the type that <paramref name="labels"/> read last, made when new.</summary>
    public HeadSeries GetOrAdd(SeriesLabels labels)
    {
        lock (_lock)
        {
            if (_byFingerprint.TryGetValue(labels.Fingerprint, out var known))
            {
                return known;
            }

            return Add(labels.Fingerprint, labels.ToLabelSet());
        }
    }

    private HeadSeries Add(ulong fingerprint, LabelSet labels)
    {
        var own = new Label[labels.Labels.Length];
        var ids = new int[own.Length * 2];
        var id = _seriesCount;
        for (var i = 0; i < own.Length; i++)
        {
            var label = labels.Labels[i];
            var name = NameId(label.Name);
            ids[2 * i] = name;
            var known = _names[name].Values.Length;
            ids[(2 * i) + 1] = _names[name].Add(label.Value, id);
            Bytes += _names[name].Values.Length > known ? OrderedValues.BytesOf(label.Value) : 0;
            own[i] = new Label(_names[name].Name, _names[name].ValueOf(ids[(2 * i) + 1]));
        }

        if (_seriesCount == _series.Length)
        {
            Array.Resize(ref _series, _series.Length * 2);
        }

        var series = new HeadSeries(id, fingerprint, LabelSet.FromStoredOrder(own), ids);
        _series[id] = series;
        _byFingerprint.Add(fingerprint, series);
        _seriesCount++;
        Bytes += 220 + (own.Length * 40L);
        return series;
    }

    private int NameId(string name)
    {
        if (_nameIds.TryGetValue(name, out var id))
        {
            return id;
        }

        if (_nameCount == _names.Length)
        {
            Array.Resize(ref _names, _names.Length * 2);
        }

        _names[_nameCount] = new LabelPostings(name);
        _nameIds.Add(name, _nameCount);
        return _nameCount++;
    }
}

/// <summary>The values of one label name and the series that have each. Written under the index's lock.</summary>
public sealed class LabelPostings(string name)
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private string[] _values = new string[4];
    private IdList[] _series = new IdList[4];
    private OrderedValues _order = OrderedValues.None;
    private int _count;

    /// <summary>The label's name.</summary>
    public string Name => name;

    /// <summary>Notes that a series has a value.</summary>
    /// <returns>The value's id.</returns>
    public int Add(string value, int series)
    {
        if (!_ids.TryGetValue(value, out var id))
        {
            id = _count;
            if (id == _values.Length)
            {
                Array.Resize(ref _values, id * 2);
                Array.Resize(ref _series, id * 2);
            }

            _values[id] = value;
            _series[id] = new IdList();
            _ids.Add(value, id);
            Volatile.Write(ref _count, id + 1);
        }

        _series[id].Add(series);
        return id;
    }

    /// <summary>A value by its id.</summary>
    public string ValueOf(int id) => _values[id];

    /// <summary>The values until now, by id.</summary>
    public ReadOnlySpan<string> Values
    {
        get
        {
            var count = Volatile.Read(ref _count);
            return Volatile.Read(ref _values).AsSpan(0, count);
        }
    }

    /// <summary>The values until now in byte order. Kept when it was asked for, until others come.</summary>
    public OrderedValues InOrder()
    {
        var order = Volatile.Read(ref _order);
        var values = Values;
        if (order.Count < values.Length)
        {
            // Who asks at the same time may keep fewer, which are added to again.
            Volatile.Write(ref _order, order = order.With(values));
        }

        return order;
    }

    /// <summary>How many values series below a bound have: their ids come before those of the others.</summary>
    public int CountBelow(int bound)
    {
        var count = Volatile.Read(ref _count);
        while (count > 0 && (Series(count - 1) is not [var first, ..] || first >= bound))
        {
            count--;
        }

        return count;
    }

    /// <summary>The series that have a value, ascending.</summary>
    public ReadOnlySpan<int> Series(int value) => Volatile.Read(ref _series)[value].Ids;
}

/// <summary>Ascending ids; readers see a prefix that never changes.</summary>
public sealed class IdList
{
    private int[] _ids = new int[1];
    private int _count;

    /// <summary>The ids until now.</summary>
    public ReadOnlySpan<int> Ids
    {
        get
        {
            var count = Volatile.Read(ref _count);
            return Volatile.Read(ref _ids).AsSpan(0, count);
        }
    }

    /// <summary>Adds a greater id.</summary>
    public void Add(int id)
    {
        if (_count == _ids.Length)
        {
            var ids = new int[_ids.Length * 2];
            _ids.CopyTo(ids, 0);
            Volatile.Write(ref _ids, ids);
        }

        _ids[_count] = id;
        Volatile.Write(ref _count, _count + 1);
    }
}
