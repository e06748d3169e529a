using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Pyro.Api.Peers;

namespace Pyro.Blocks.Answers;

/// <summary>
/// Writes stacks as the bytes of one pprof profile (google.v1.Profile): a symbol when it is first met, so that the bytes can be cut anywhere and sent
/// while the rest is not written yet. String 0 is empty; ids count from 1 over all partitions. Tables of different partitions may hold
/// equal entries, and stacks of equal content may come more than once.
/// </summary>
public sealed class PprofPieces
{
    // A message is at most 1 MiB, its frame included.
    private const int PieceSize = (1 << 20) - 1024;

    private readonly ProtoBuffer _message = new();
    private readonly ProtoBuffer _inner = new();
    private IStackSymbols? _begun;

    // Number in the profile of each symbol of the partition; 0: not written yet.
    private int[] _string = [], _function = [], _mapping = [], _location = [];
    private int _strings, _functions, _mappings, _locations;

    /// <summary>Starts with the empty string.</summary>
    public PprofPieces() => Text([]);

    private ProtoBuffer Output { get; } = new();

    /// <summary>Turns to the stacks of another partition.</summary>
    public void Begin(IStackSymbols symbols)
    {
        _begun = symbols;
        _string = new int[symbols.StringCount];
        _function = new int[symbols.FunctionCount];
        _mapping = new int[symbols.MappingCount];
        _location = new int[symbols.LocationCount];
    }

    /// <summary>Writes a sample: a stack, leaf first, and its value.</summary>
    public void Sample(ReadOnlySpan<int> locations, long value)
    {
        foreach (var location in locations)
        {
            if (_location[location] == 0)
            {
                Location(location);
            }
        }

        _message.Clear();
        _inner.Clear();
        foreach (var location in locations)
        {
            _inner.Varint((ulong)_location[location]);
        }

        _message.Field(1, _inner.Written);
        _inner.Clear();
        _inner.Varint((ulong)value);
        _message.Field(2, _inner.Written);
        Output.Field(2, _message.Written);
    }

    /// <summary>Takes a whole piece when so much is written.</summary>
    /// <param name="memory">Where the piece is counted.</param>
    /// <param name="piece">The piece.</param>
    public bool TryTake(SumMemory memory, [NotNullWhen(true)] out SumResponse? piece)
    {
        piece = null;
        if (Output.Length < PieceSize)
        {
            return false;
        }

        memory.Reserve(PieceSize);
        piece = new SumResponse { Stacks = UnsafeByteOperations.UnsafeWrap(Output.Take(PieceSize)) };
        return true;
    }

    /// <summary>Takes what is left when everything is written and all whole pieces are taken.</summary>
    public SumResponse TakeLast() => new() { Stacks = UnsafeByteOperations.UnsafeWrap(Output.Take(Output.Length)), Last = true };

    private IStackSymbols Symbols => _begun ?? throw new InvalidOperationException("No partition was begun.");

    private void Location(int id)
    {
        var location = Symbols.Location(id);
        var mapping = _mapping.Length == 0 ? 0 : Mapping(location.Mapping);
        for (var i = 0; i < location.LineCount; i++)
        {
            Function(Symbols.Line(location.LineStart + i).Function);
        }

        _location[id] = ++_locations;
        _message.Clear();
        _message.Field(1, (ulong)_locations);
        _message.Field(2, (ulong)mapping);
        _message.Field(3, location.Address);
        for (var i = 0; i < location.LineCount; i++)
        {
            var line = Symbols.Line(location.LineStart + i);
            _inner.Clear();
            _inner.Field(1, (ulong)_function[line.Function]);
            _inner.Field(2, (ulong)line.Number);
            _message.Field(4, _inner.Written);
        }

        _message.Field(5, location.Folded ? 1UL : 0);
        Output.Field(4, _message.Written);
    }

    private int Mapping(int id)
    {
        if (_mapping[id] == 0)
        {
            var mapping = Symbols.Mapping(id);
            var (file, build) = (String(mapping.File), String(mapping.BuildId));
            _mapping[id] = ++_mappings;
            _message.Clear();
            _message.Field(1, (ulong)_mappings);
            _message.Field(2, mapping.Start);
            _message.Field(3, mapping.Limit);
            _message.Field(4, mapping.Offset);
            _message.Field(5, (ulong)file);
            _message.Field(6, (ulong)build);
            for (var flag = 0; flag < 4; flag++)
            {
                _message.Field(7 + flag, (ulong)(mapping.Flags >> flag & 1));
            }

            Output.Field(3, _message.Written);
        }

        return _mapping[id];
    }

    private void Function(int id)
    {
        if (_function[id] == 0)
        {
            var function = Symbols.Function(id);
            var (name, system, file) = (String(function.Name), String(function.SystemName), String(function.File));
            _function[id] = ++_functions;
            _message.Clear();
            _message.Field(1, (ulong)_functions);
            _message.Field(2, (ulong)name);
            _message.Field(3, (ulong)system);
            _message.Field(4, (ulong)file);
            _message.Field(5, (ulong)function.StartLine);
            Output.Field(5, _message.Written);
        }
    }

    // String 0 of a partition is the empty one, and so is string 0 of the profile.
    private int String(int id)
    {
        if (id != 0 && _string[id] == 0)
        {
            _string[id] = Text(Symbols.String(id));
        }

        return _string[id];
    }

    private int Text(ReadOnlySpan<byte> text)
    {
        Output.Field(6, text);
        return _strings++;
    }
}
