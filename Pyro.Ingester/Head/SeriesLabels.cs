using System.IO.Hashing;
using System.Text;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>
/// The labels of the series that a record's sample types belong to, as Pyroscope's blocks have them, built as bytes so that a known
/// series costs no text: the pushed labels without control labels and empty values, <c>__service_name__</c>, the type labels; by name,
/// or with <c>__profile_type__</c> and <c>__service_name__</c> first when the order is enforced. Reused by its thread.
/// </summary>
public sealed class SeriesLabels
{
    private const int MaxTypes = 1 << 16;
    private static readonly byte[] PeriodType = Encoding.UTF8.GetBytes(LabelNames.PeriodType);
    private static readonly byte[] PeriodUnit = Encoding.UTF8.GetBytes(LabelNames.PeriodUnit);
    private static readonly byte[] ProfileTypeName = Encoding.UTF8.GetBytes(LabelNames.ProfileType);
    private static readonly byte[] ServiceName = Encoding.UTF8.GetBytes(LabelNames.StoredService);
    private static readonly byte[] TypeName = Encoding.UTF8.GetBytes(LabelNames.Type);
    private static readonly byte[] UnitName = Encoding.UTF8.GetBytes(LabelNames.Unit);
    private static readonly byte[] PushedService = Encoding.UTF8.GetBytes(LabelNames.Service);
    private static readonly byte[] Family = Encoding.UTF8.GetBytes(LabelNames.Name);
    private static readonly byte[] DeltaName = Encoding.UTF8.GetBytes(LabelNames.Delta);
    private static readonly byte[] OtelName = Encoding.UTF8.GetBytes(LabelNames.Otel);
    private static readonly byte[] OrderName = Encoding.UTF8.GetBytes(LabelNames.Order);

    [ThreadStatic]
    private static SeriesLabels? _own;

    private readonly List<(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value)> _made = [];
    private ProfileRecord _record = new();
    private int[] _kept = [];
    private int _keptCount;
    private byte[] _bytes = new byte[512];
    private int _length;
    private byte[] _profileType = new byte[128];
    private bool _enforced;
    private ReadOnlyMemory<byte> _name;

    /// <summary>The one of the calling thread; not to be held over an await.</summary>
    public static SeriesLabels Own => _own ??= new SeriesLabels();

    /// <summary>Whether deltas of cumulative types are wanted (<c>__delta__</c> is not <c>false</c>).</summary>
    public bool Delta { get; private set; }

    /// <summary>Whether the profile came over OTLP (<c>__otel__</c> is <c>true</c>).</summary>
    public bool Otel { get; private set; }

    /// <summary>Value of <c>service_name</c>, or empty.</summary>
    public ReadOnlyMemory<byte> Service { get; private set; }

    /// <summary>Fingerprint of the series of the type last read.</summary>
    public ulong Fingerprint { get; private set; }

    /// <summary>Whether the series of the type last read holds a cumulative counter of which deltas are stored.</summary>
    public bool Cumulative { get; private set; }

    /// <summary>Reads the labels that all types share.</summary>
    public void Read(ProfileRecord record)
    {
        _record = record;
        (Delta, Otel, _enforced, Service, _name, _keptCount) = (true, false, false, default, default, 0);
        if (_kept.Length < record.LabelCount)
        {
            _kept = new int[Math.Max(32, record.LabelCount)];
        }

        for (var i = 0; i < record.LabelCount; i++)
        {
            var name = record.String(record.LabelName[i]);
            var value = record.String(record.LabelValue[i]);
            if (!Control(name, value) && !value.IsEmpty)
            {
                _kept[_keptCount++] = i;
                if (name.SequenceEqual(PushedService))
                {
                    Service = Memory(record.LabelValue[i]);
                }
                else if (name.SequenceEqual(Family))
                {
                    _name = Memory(record.LabelValue[i]);
                }
            }
        }
    }

    /// <summary>Value of a label that is not a control label, or empty.</summary>
    public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> name)
    {
        for (var k = 0; k < _keptCount; k++)
        {
            if (_record.String(_record.LabelName[_kept[k]]).SequenceEqual(name))
            {
                return _record.String(_record.LabelValue[_kept[k]]);
            }
        }

        return default;
    }

    /// <summary>Settles the series of sample type <paramref name="type"/>.</summary>
    public void Type(int type)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(type, MaxTypes);
        var (typeName, unit) = (Memory(_record.TypeName[type]), Memory(_record.TypeUnit[type]));
        _made.Clear();
        AddMade(PeriodType, Memory(_record.PeriodType));
        AddMade(PeriodUnit, Memory(_record.PeriodUnit));
        AddMade(ProfileTypeName, ProfileTypeOf(typeName.Span, unit.Span));
        AddMade(ServiceName, Service);
        AddMade(TypeName, typeName);
        AddMade(UnitName, unit);
        Write();
        Fingerprint = XxHash64.HashToUInt64(_bytes.AsSpan(0, _length));
        Cumulative = Delta && _name.Span.SequenceEqual("memory"u8) && CountsUp(typeName.Span);
    }

    /// <summary>Whether a series of any type of a record holds a cumulative counter of which deltas are stored.</summary>
    public bool IsCumulative(ProfileRecord record)
    {
        for (var type = 0; type < record.TypeCount; type++)
        {
            if (CountsUp(record.String(record.TypeName[type])))
            {
                Read(record);
                return Delta && _name.Span.SequenceEqual("memory"u8);
            }
        }

        return false;
    }

    private static bool CountsUp(ReadOnlySpan<byte> type) => type.SequenceEqual("alloc_objects"u8) || type.SequenceEqual("alloc_space"u8);

    /// <summary>The labels of the series of the type last read, in stored order.</summary>
    public LabelSet ToLabelSet()
    {
        var labels = new List<Label>();
        var at = _bytes.AsSpan(0, _length);
        while (!at.IsEmpty)
        {
            var name = Text(ref at);
            labels.Add(new Label(name, Text(ref at)));
        }

        return LabelSet.FromStoredOrder(labels.ToArray());
    }

    private static string Text(ref Span<byte> at)
    {
        var end = at.IndexOf((byte)0xFF);
        var text = Encoding.UTF8.GetString(at[..end]);
        at = at[(end + 1)..];
        return text;
    }

    private bool Control(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual(DeltaName))
        {
            Delta = !value.SequenceEqual("false"u8);
            return true;
        }

        if (name.SequenceEqual(OtelName))
        {
            Otel = value.SequenceEqual("true"u8);
            return true;
        }

        if (name.SequenceEqual(OrderName))
        {
            _enforced = value.SequenceEqual("enforced"u8);
            return true;
        }

        return false;
    }

    private ReadOnlyMemory<byte> Memory(int s) => _record.StringBytes[_record.StringStart[s].._record.StringStart[s + 1]];

    private void AddMade(byte[] name, ReadOnlyMemory<byte> value)
    {
        if (!value.IsEmpty)
        {
            _made.Add((name, value));
        }
    }

    private ReadOnlyMemory<byte> ProfileTypeOf(ReadOnlySpan<byte> type, ReadOnlySpan<byte> unit)
    {
        var periodType = _record.String(_record.PeriodType);
        var periodUnit = _record.String(_record.PeriodUnit);
        var length = _name.Length + type.Length + unit.Length + periodType.Length + periodUnit.Length + 4;
        if (_profileType.Length < length)
        {
            _profileType = new byte[length];
        }

        var at = _profileType.AsSpan();
        Part(ref at, _name.Span);
        Part(ref at, type);
        Part(ref at, unit);
        Part(ref at, periodType);
        periodUnit.CopyTo(at);
        return _profileType.AsMemory(0, length);

        static void Part(ref Span<byte> at, ReadOnlySpan<byte> text)
        {
            text.CopyTo(at);
            at[text.Length] = (byte)':';
            at = at[(text.Length + 1)..];
        }
    }

    // Two lists sorted by name are merged; a label that we make takes the place of a pushed one.
    private void Write()
    {
        _length = 0;
        if (_enforced)
        {
            WriteMade(ProfileTypeName);
            WriteMade(ServiceName);
        }

        var made = 0;
        for (var k = 0; k < _keptCount; k++)
        {
            var name = _record.String(_record.LabelName[_kept[k]]);
            if (k > 0 && name.SequenceEqual(_record.String(_record.LabelName[_kept[k - 1]])))
            {
                continue;
            }

            var order = 1;
            while (made < _made.Count && (order = _made[made].Name.Span.SequenceCompareTo(name)) < 0)
            {
                WriteInOrder(made++);
            }

            if (made == _made.Count || order != 0)
            {
                Append(name, _record.String(_record.LabelValue[_kept[k]]));
            }
        }

        while (made < _made.Count)
        {
            WriteInOrder(made++);
        }
    }

    private void WriteInOrder(int made)
    {
        var (name, value) = _made[made];
        if (!_enforced || !(name.Equals(ProfileTypeName) || name.Equals(ServiceName)))
        {
            Append(name.Span, value.Span);
        }
    }

    private void WriteMade(byte[] wanted)
    {
        foreach (var (name, value) in _made)
        {
            if (name.Equals(wanted))
            {
                Append(name.Span, value.Span);
            }
        }
    }

    private void Append(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var needed = _length + name.Length + value.Length + 2;
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, needed * 2);
        }

        name.CopyTo(_bytes.AsSpan(_length));
        _length += name.Length;
        _bytes[_length++] = 0xFF;
        value.CopyTo(_bytes.AsSpan(_length));
        _length += value.Length;
        _bytes[_length++] = 0xFF;
    }
}
