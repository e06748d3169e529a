using System.Globalization;
using System.Text;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Head;

/// <summary>
/// Records by hand. A stack is text, root first: frames joined by <c>;</c>. A frame is a function name; <c>outer>inner</c> is one
/// location with an inlined function; <c>@0x1a2b</c> is a location with an address and no line.
/// </summary>
internal sealed class RecordByHand
{
    private readonly List<string> _strings = [""];
    private readonly List<(string Name, string Value)> _labels = [];
    private readonly List<(string Name, string Unit)> _types = [];
    private readonly List<(string Stack, ulong Span, long[] Values)> _samples = [];
    private readonly List<string> _functions = [];
    private readonly List<string> _locations = [];
    private string _mapping = "/usr/bin/app";
    private string _periodType = "cpu", _periodUnit = "nanoseconds";
    private long _time = 1_000_000_000;
    private ProfileId _id = new(1, 1);

    public RecordByHand Label(string name, string value)
    {
        _labels.Add((name, value));
        return this;
    }

    public RecordByHand Type(string name, string unit)
    {
        _types.Add((name, unit));
        return this;
    }

    public RecordByHand Period(string type, string unit)
    {
        (_periodType, _periodUnit) = (type, unit);
        return this;
    }

    public RecordByHand At(long timeNanos, ulong id = 1)
    {
        (_time, _id) = (timeNanos, new ProfileId(id, ~id));
        return this;
    }

    public RecordByHand Mapping(string file)
    {
        _mapping = file;
        return this;
    }

    public RecordByHand Sample(string stack, params long[] values) => SpanSample(stack, 0, values);

    public RecordByHand SpanSample(string stack, ulong span, params long[] values)
    {
        _samples.Add((stack, span, values));
        return this;
    }

    /// <summary>A CPU profile with one type.</summary>
    public static RecordByHand Cpu(string service) =>
        new RecordByHand().Label("__name__", "process_cpu").Label("service_name", service).Type("cpu", "nanoseconds");

    public ProfileRecord Build()
    {
        var labels = _labels.OrderBy(l => l.Name, StringComparer.Ordinal).ToArray();
        var stacks = _samples.Select(s => s.Stack.Length == 0 ? [] : s.Stack.Split(';').Reverse().Select(Location).ToArray()).ToArray();
        var record = new ProfileRecord
        {
            Id = _id,
            TimeNanos = _time,
            DurationNanos = 10_000_000_000,
            Period = 10_000_000,
            LabelCount = labels.Length,
            LabelName = [.. labels.Select(l => Text(l.Name))],
            LabelValue = [.. labels.Select(l => Text(l.Value))],
            TypeCount = _types.Count,
            TypeName = [.. _types.Select(t => Text(t.Name))],
            TypeUnit = [.. _types.Select(t => Text(t.Unit))],
            PeriodType = Text(_periodType),
            PeriodUnit = Text(_periodUnit),
            MappingCount = 1,
            MappingStart = [0x400000],
            MappingLimit = [0x500000],
            MappingOffset = [0],
            MappingFile = [Text(_mapping)],
            MappingBuildId = [Text("build")],
            MappingFlags = [7],
            SampleCount = _samples.Count,
            SampleStackStart = Starts(stacks.Select(s => s.Length)),
            StackLocation = [.. stacks.SelectMany(s => s)],
            Values = [.. Enumerable.Range(0, _types.Count).SelectMany(t => _samples.Select(s => s.Values[t]))],
            HasSpans = _samples.Exists(s => s.Span != 0),
            Span = [.. _samples.Select(s => s.Span)],
        };
        Locations(record);
        Strings(record);
        return record;
    }

    private static int[] Starts(IEnumerable<int> lengths)
    {
        var starts = new List<int> { 0 };
        foreach (var length in lengths)
        {
            starts.Add(starts[^1] + length);
        }

        return [.. starts];
    }

    private static string[] Lines(string frame) => frame.StartsWith('@') ? [] : [.. frame.Split('>').Reverse()];

    private void Locations(ProfileRecord record)
    {
        var lines = _locations.Select(Lines).ToArray();
        record.LocationCount = lines.Length;
        record.LocationMapping = new int[lines.Length];
        record.LocationAddress = [.. _locations.Select(l => l.StartsWith('@') ? ulong.Parse(l[3..], NumberStyles.HexNumber) : 0)];
        record.LocationFolded = new bool[lines.Length];
        record.LocationLineStart = Starts(lines.Select(l => l.Length));
        record.LineFunction = [.. lines.SelectMany(l => l).Select(Function)];
        record.LineNumber = [.. lines.SelectMany(l => l).Select(name => (long)name.Length + 10)];
        record.FunctionCount = _functions.Count;
        record.FunctionName = [.. _functions.Select(Text)];
        record.FunctionSystemName = [.. _functions.Select(Text)];
        record.FunctionFile = [.. _functions.Select(f => Text(f + ".go"))];
        record.FunctionStartLine = new long[_functions.Count];
    }

    private void Strings(ProfileRecord record)
    {
        record.StringCount = _strings.Count;
        record.StringStart = Starts(_strings.Select(Encoding.UTF8.GetByteCount));
        record.StringBytes = Encoding.UTF8.GetBytes(string.Concat(_strings));
    }

    private int Location(string frame) => IndexOf(_locations, frame);

    private int Function(string name) => IndexOf(_functions, name);

    private int Text(string text) => IndexOf(_strings, text);

    private static int IndexOf(List<string> list, string text)
    {
        var at = list.IndexOf(text);
        if (at < 0)
        {
            at = list.Count;
            list.Add(text);
        }

        return at;
    }
}
