using System.Buffers;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>
/// Writes baselines as records (<see cref="BaselineRecord"/>). Its tables are used again from one to the next: those of a heap profile take
/// megabytes, and a flush moves the baselines of all series of a head. Not thread-safe.
/// </summary>
public sealed class BaselineWriter
{
    private readonly ProfileRecord _record = new();
    private readonly RecordStrings _strings = new();
    private readonly Dictionary<int, int> _string = [], _mapping = [], _function = [];
    // By the id that a location has in its partition: its place in the record and one; 0: it is not there yet. Asked for every frame.
    private int[] _location = [];
    private readonly List<int> _taken = [];
    private readonly List<MappingSymbol> _mappings = [];
    private readonly List<FunctionSymbol> _functions = [];
    private readonly List<LocationSymbol> _locations = [];
    private readonly List<LineSymbol> _lines = [];
    private readonly List<int> _lineStart = [], _stackStart = [], _frames = [];
    private readonly List<long> _values = [];
    private PartitionView _symbols;

    /// <summary>Writes a baseline.</summary>
    /// <param name="template">What <see cref="BaselineRecord.TemplateOf"/> made.</param>
    /// <param name="timeNanos">Its time.</param>
    /// <param name="symbols">The partition of the stacks.</param>
    /// <param name="highest">Highest value by stack.</param>
    /// <param name="output">Gets the record.</param>
    public void Write(byte[] template, long timeNanos, in PartitionView symbols, Dictionary<int, long> highest, IBufferWriter<byte> output)
    {
        RecordCodec.Decode(template, _record);
        (_record.TimeNanos, _record.Id, _record.HasSpans) = (timeNanos, default, false);
        _symbols = symbols;
        Clear();
        foreach (var (stack, value) in highest)
        {
            for (var node = stack; node > 0; node = StackTree.Parent(symbols.Stacks[node]))
            {
                _frames.Add(Location(StackTree.Location(symbols.Stacks[node])));
            }

            _stackStart.Add(_frames.Count);
            _values.Add(value);
        }

        _record.SampleCount = _values.Count;
        Copy(_stackStart, ref _record.SampleStackStart);
        Copy(_frames, ref _record.StackLocation);
        Copy(_values, ref _record.Values);
        WriteMappings();
        WriteFunctions();
        WriteLocations();
        _strings.WriteTo(_record);
        RecordCodec.Encode(_record, output);
        // Symbols of a head that has become a block are not held on to.
        _symbols = default;
    }

    private static void Copy<T>(List<T> list, ref T[] column)
    {
        Reserve(ref column, list.Count);
        list.CopyTo(column);
    }

    // What stands in it stays.
    private static void Reserve<T>(ref T[] column, int count)
    {
        if (column.Length < count)
        {
            Array.Resize(ref column, Math.Max(count, 2 * column.Length));
        }
    }

    private void Clear()
    {
        _strings.Reset(_record);
        _string.Clear();
        _string[0] = 0;
        _mapping.Clear();
        _function.Clear();
        _taken.ForEach(id => _location[id] = 0);
        _taken.Clear();
        _mappings.Clear();
        _functions.Clear();
        _locations.Clear();
        _lines.Clear();
        _frames.Clear();
        _values.Clear();
        _lineStart.Clear();
        _lineStart.Add(0);
        _stackStart.Clear();
        _stackStart.Add(0);
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
            _mapping.Add(id, own = _record.MappingCount + _mappings.Count);
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
        Reserve(ref _location, id + 1);
        if (_location[id] == 0)
        {
            var location = _symbols.Locations[id];
            _taken.Add(id);
            _location[id] = _locations.Count + 1;
            _locations.Add(location with { Mapping = Mapping(location.Mapping) });
            for (var line = 0; line < location.LineCount; line++)
            {
                var from = _symbols.Lines[location.LineStart + line];
                _lines.Add(new LineSymbol(Function(from.Function), from.Number));
            }

            _lineStart.Add(_lines.Count);
        }

        return _location[id] - 1;
    }

    private void WriteMappings()
    {
        // A record whose locations have no mapping needs one all the same.
        var kept = _record.MappingCount;
        if (kept + _mappings.Count == 0 && _locations.Count > 0)
        {
            _mappings.Add(default);
        }

        var count = kept + _mappings.Count;
        Reserve(ref _record.MappingStart, count);
        Reserve(ref _record.MappingLimit, count);
        Reserve(ref _record.MappingOffset, count);
        Reserve(ref _record.MappingFile, count);
        Reserve(ref _record.MappingBuildId, count);
        Reserve(ref _record.MappingFlags, count);
        for (var i = kept; i < count; i++)
        {
            var mapping = _mappings[i - kept];
            _record.MappingStart[i] = mapping.Start;
            _record.MappingLimit[i] = mapping.Limit;
            _record.MappingOffset[i] = mapping.Offset;
            _record.MappingFile[i] = mapping.File;
            _record.MappingBuildId[i] = mapping.BuildId;
            _record.MappingFlags[i] = mapping.Flags;
        }

        _record.MappingCount = count;
    }

    private void WriteFunctions()
    {
        var count = _functions.Count;
        Reserve(ref _record.FunctionName, count);
        Reserve(ref _record.FunctionSystemName, count);
        Reserve(ref _record.FunctionFile, count);
        Reserve(ref _record.FunctionStartLine, count);
        for (var i = 0; i < count; i++)
        {
            var function = _functions[i];
            _record.FunctionName[i] = function.Name;
            _record.FunctionSystemName[i] = function.SystemName;
            _record.FunctionFile[i] = function.File;
            _record.FunctionStartLine[i] = function.StartLine;
        }

        _record.FunctionCount = count;
    }

    private void WriteLocations()
    {
        var count = _locations.Count;
        Reserve(ref _record.LocationMapping, count);
        Reserve(ref _record.LocationAddress, count);
        Reserve(ref _record.LocationFolded, count);
        for (var i = 0; i < count; i++)
        {
            var location = _locations[i];
            _record.LocationMapping[i] = location.Mapping;
            _record.LocationAddress[i] = location.Address;
            _record.LocationFolded[i] = location.Folded;
        }

        _record.LocationCount = count;
        Copy(_lineStart, ref _record.LocationLineStart);
        Reserve(ref _record.LineFunction, _lines.Count);
        Reserve(ref _record.LineNumber, _lines.Count);
        for (var i = 0; i < _lines.Count; i++)
        {
            (_record.LineFunction[i], _record.LineNumber[i]) = (_lines[i].Function, _lines[i].Number);
        }
    }
}
