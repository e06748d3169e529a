using System.Buffers;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>
/// The form in which the log tells a baseline: a record whose id is all zero, of one type, whose values are the highest seen of each stack.
/// Taken in it sets the baseline and is no row.
/// </summary>
internal static class BaselineRecord
{
    /// <summary>Whether a record is one.</summary>
    public static bool Is(ProfileRecord record) => record.Id == default;

    /// <summary>What a record tells of the series of one of its types: labels, type, and the mapping that picks the partition.</summary>
    public static byte[] TemplateOf(ProfileRecord record, int type)
    {
        var strings = new Strings();
        var template = new ProfileRecord
        {
            LabelCount = record.LabelCount,
            LabelName = new int[record.LabelCount],
            LabelValue = new int[record.LabelCount],
            TypeCount = 1,
            TypeName = [strings.Add(record.String(record.TypeName[type]))],
            TypeUnit = [strings.Add(record.String(record.TypeUnit[type]))],
            PeriodType = strings.Add(record.String(record.PeriodType)),
            PeriodUnit = strings.Add(record.String(record.PeriodUnit)),
        };
        for (var i = 0; i < record.LabelCount; i++)
        {
            template.LabelName[i] = strings.Add(record.String(record.LabelName[i]));
            template.LabelValue[i] = strings.Add(record.String(record.LabelValue[i]));
        }

        if (record.MappingCount > 0)
        {
            template.MappingCount = 1;
            template.MappingStart = [record.MappingStart[0]];
            template.MappingLimit = [record.MappingLimit[0]];
            template.MappingOffset = [record.MappingOffset[0]];
            template.MappingFile = [strings.Add(record.String(record.MappingFile[0]))];
            template.MappingBuildId = [strings.Add(record.String(record.MappingBuildId[0]))];
            template.MappingFlags = [record.MappingFlags[0]];
        }

        strings.WriteTo(template);
        var bytes = new ArrayBufferWriter<byte>();
        RecordCodec.Encode(template, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Writes a baseline.</summary>
    /// <param name="template">What <see cref="TemplateOf"/> made.</param>
    /// <param name="timeNanos">Its time.</param>
    /// <param name="symbols">The partition of the stacks.</param>
    /// <param name="highest">Highest value by stack.</param>
    /// <param name="output">Gets the record.</param>
    public static void Encode(
        byte[] template, long timeNanos, in PartitionView symbols, IReadOnlyDictionary<int, long> highest, IBufferWriter<byte> output)
    {
        var record = new ProfileRecord();
        RecordCodec.Decode(template, record);
        record.TimeNanos = timeNanos;
        record.Id = default;
        new Tables(record, symbols).Fill(highest);
        RecordCodec.Encode(record, output);
    }

    /// <summary>Strings of a record that is made.</summary>
    private sealed class Strings
    {
        private readonly List<byte> _text = [];
        private readonly List<int> _start = [0, 0];

        public Strings()
        {
        }

        public Strings(ProfileRecord record)
        {
            for (var i = 1; i < record.StringCount; i++)
            {
                Add(record.String(i));
            }
        }

        public int Add(ReadOnlySpan<byte> text)
        {
            if (text.IsEmpty)
            {
                return 0;
            }

            _text.AddRange(text);
            _start.Add(_text.Count);
            return _start.Count - 2;
        }

        public void WriteTo(ProfileRecord record)
        {
            record.StringCount = _start.Count - 1;
            record.StringStart = [.. _start];
            record.StringBytes = _text.ToArray();
        }
    }

    /// <summary>The tables of a baseline: what its stacks refer to.</summary>
    private readonly ref struct Tables(ProfileRecord record, in PartitionView symbols)
    {
        private readonly PartitionView _symbols = symbols;
        private readonly Strings _strings = new(record);
        private readonly Dictionary<int, int> _string = new() { [0] = 0 };
        private readonly Dictionary<int, int> _mapping = [], _function = [], _location = [];
        private readonly List<MappingSymbol> _mappings = [];
        private readonly List<FunctionSymbol> _functions = [];
        private readonly List<LocationSymbol> _locations = [];
        private readonly List<LineSymbol> _lines = [];
        private readonly List<int> _lineStart = [0];

        public void Fill(IReadOnlyDictionary<int, long> highest)
        {
            var (stacks, starts, values) = (new List<int>(), new List<int> { 0 }, new List<long>());
            foreach (var (stack, value) in highest)
            {
                for (var node = stack; node > 0; node = StackTree.Parent(_symbols.Stacks[node]))
                {
                    stacks.Add(Location(StackTree.Location(_symbols.Stacks[node])));
                }

                starts.Add(stacks.Count);
                values.Add(value);
            }

            record.SampleCount = values.Count;
            record.SampleStackStart = [.. starts];
            record.StackLocation = [.. stacks];
            record.Values = [.. values];
            record.HasSpans = false;
            WriteMappings();
            WriteFunctions();
            WriteLocations();
            _strings.WriteTo(record);
        }

        private int String(int id)
        {
            if (!_string.TryGetValue(id, out var own))
            {
                _string.Add(id, own = _strings.Add(_symbols.Strings[id]));
            }

            return own;
        }

        // The first place belongs to the template's.
        private int Mapping(int id)
        {
            if (_symbols.Mappings.Count == 0)
            {
                return 0;
            }

            if (!_mapping.TryGetValue(id, out var own))
            {
                var mapping = _symbols.Mappings[id];
                _mapping.Add(id, own = record.MappingCount + _mappings.Count);
                _mappings.Add(mapping with { File = String(mapping.File), BuildId = String(mapping.BuildId) });
            }

            return own;
        }

        private int Function(int id)
        {
            if (!_function.TryGetValue(id, out var own))
            {
                var function = _symbols.Functions[id];
                _function.Add(id, own = _functions.Count);
                _functions.Add(function with
                {
                    Name = String(function.Name),
                    SystemName = String(function.SystemName),
                    File = String(function.File),
                });
            }

            return own;
        }

        private int Location(int id)
        {
            if (!_location.TryGetValue(id, out var own))
            {
                var location = _symbols.Locations[id];
                _location.Add(id, own = _locations.Count);
                _locations.Add(location with { Mapping = Mapping(location.Mapping) });
                for (var line = 0; line < location.LineCount; line++)
                {
                    var from = _symbols.Lines[location.LineStart + line];
                    _lines.Add(new LineSymbol(Function(from.Function), from.Number));
                }

                _lineStart.Add(_lines.Count);
            }

            return own;
        }

        private void WriteMappings()
        {
            // A record whose locations have no mapping needs one all the same.
            var kept = record.MappingCount;
            if (kept + _mappings.Count == 0 && _locations.Count > 0)
            {
                _mappings.Add(default);
            }

            record.MappingStart = [.. record.MappingStart[..kept], .. _mappings.Select(static m => m.Start)];
            record.MappingLimit = [.. record.MappingLimit[..kept], .. _mappings.Select(static m => m.Limit)];
            record.MappingOffset = [.. record.MappingOffset[..kept], .. _mappings.Select(static m => m.Offset)];
            record.MappingFile = [.. record.MappingFile[..kept], .. _mappings.Select(static m => m.File)];
            record.MappingBuildId = [.. record.MappingBuildId[..kept], .. _mappings.Select(static m => m.BuildId)];
            record.MappingFlags = [.. record.MappingFlags[..kept], .. _mappings.Select(static m => m.Flags)];
            record.MappingCount = kept + _mappings.Count;
        }

        private void WriteFunctions()
        {
            record.FunctionCount = _functions.Count;
            record.FunctionName = [.. _functions.Select(static f => f.Name)];
            record.FunctionSystemName = [.. _functions.Select(static f => f.SystemName)];
            record.FunctionFile = [.. _functions.Select(static f => f.File)];
            record.FunctionStartLine = [.. _functions.Select(static f => f.StartLine)];
        }

        private void WriteLocations()
        {
            record.LocationCount = _locations.Count;
            record.LocationMapping = [.. _locations.Select(static l => l.Mapping)];
            record.LocationAddress = [.. _locations.Select(static l => l.Address)];
            record.LocationFolded = [.. _locations.Select(static l => l.Folded)];
            record.LocationLineStart = [.. _lineStart];
            record.LineFunction = [.. _lines.Select(static l => l.Function)];
            record.LineNumber = [.. _lines.Select(static l => (long)l.Number)];
        }
    }
}
