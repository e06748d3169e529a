using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Pyro.Blocks.Parquet;
using static Pyro.Blocks.Symbols.SymdbLayout;

namespace Pyro.Blocks.Symbols;

/// <summary>Encodes blocks of up to 1024 entries of the tables of format 3 (block-format 6.3).</summary>
internal sealed class BlockEncoder
{
    private readonly ArrayBufferWriter<byte> _parts = new();
    private readonly List<uint> _sizes = [];
    private readonly List<int> _ints = [];

    /// <summary>A block of strings.</summary>
    public void Strings(StringColumn strings, int first, int count, IBufferWriter<byte> output)
    {
        var longest = 0;
        for (var i = first; i < first + count; i++)
        {
            longest = Math.Max(longest, strings[i].Length);
        }

        if (longest > MaxStringBytes)
        {
            throw new InvalidDataException($"a string of {longest} bytes is longer than the {MaxStringBytes} that a block holds");
        }

        var width = longest <= byte.MaxValue ? 1 : 2;
        Begin();
        var lengths = _parts.GetSpan(count * width)[..(count * width)];
        for (var i = 0; i < count; i++)
        {
            var length = strings[first + i].Length;
            lengths[i * width] = (byte)(width == 1 ? length : length >> 8);
            lengths[i * width + width - 1] = (byte)length;
        }

        _parts.Advance(lengths.Length);
        _parts.Write(strings.Text.AsSpan(strings.Start[first], strings.Start[first + count] - strings.Start[first]));
        _sizes.Add((uint)width * 8 << 16);
        End(count, StringsHeader, output);
    }

    /// <summary>A block of functions.</summary>
    public void Functions(FunctionColumns functions, int first, int count, IBufferWriter<byte> output)
    {
        Begin();
        Ints(functions.Name.AsSpan(first, count));
        Ints(functions.SystemName.AsSpan(first, count));
        Ints(functions.File.AsSpan(first, count));
        Ints(functions.StartLine.AsSpan(first, count));
        End(count, FunctionsHeader, output);
    }

    /// <summary>A block of mappings.</summary>
    public void Mappings(MappingColumns mappings, int first, int count, IBufferWriter<byte> output)
    {
        Begin();
        Ints(mappings.File.AsSpan(first, count));
        Ints(mappings.BuildId.AsSpan(first, count));
        _ints.Clear();
        foreach (var flags in mappings.Flags.AsSpan(first, count))
        {
            _ints.Add(Flags(flags));
        }

        Ints(CollectionsMarshal.AsSpan(_ints));
        Longs(mappings.Start.AsSpan(first, count));
        Longs(mappings.Limit.AsSpan(first, count));
        Longs(mappings.Offset.AsSpan(first, count));
        End(count, MappingsHeader, output);
    }

    /// <summary>A block of locations.</summary>
    public void Locations(LocationColumns locations, int first, int count, IBufferWriter<byte> output)
    {
        Begin();
        Ints(locations.Mapping.AsSpan(first, count));
        for (var i = first; i < first + count; i++)
        {
            var lines = locations.LineStart[i + 1] - locations.LineStart[i];
            _parts.GetSpan(1)[0] = lines <= MaxLines
                ? (byte)lines
                : throw new InvalidDataException($"a location of {lines} lines has more than the {MaxLines} that a block holds");
            _parts.Advance(1);
        }

        var (firstLine, endLine) = (locations.LineStart[first], locations.LineStart[first + count]);
        _ints.Clear();
        for (var line = firstLine; line < endLine; line++)
        {
            _ints.Add(locations.LineFunction[line]);
            _ints.Add(locations.LineNumber[line]);
        }

        _sizes.Add((uint)(endLine - firstLine));
        Ints(CollectionsMarshal.AsSpan(_ints));
        var folded = locations.Folded.AsSpan(first, count);
        // Pyroscope takes over addresses of the block before when there are only folded bits.
        Longs(locations.Address.AsSpan(first, count), always: folded.Contains(true));
        Folded(folded);
        End(count, LocationsHeader, output);
    }

    // All of them, though Pyroscope looks at the first three of a block only.
    private void Folded(ReadOnlySpan<bool> folded)
    {
        if (!folded.Contains(true))
        {
            _sizes.Add(0);
            return;
        }

        var bits = _parts.GetSpan(folded.Length / 8 + 1)[..(folded.Length / 8 + 1)];
        bits.Clear();
        for (var i = 0; i < folded.Length; i++)
        {
            bits[i / 8] |= (byte)(folded[i] ? 1 << i % 8 : 0);
        }

        _parts.Advance(bits.Length);
        _sizes.Add((uint)bits.Length);
    }

    private void Begin()
    {
        _parts.ResetWrittenCount();
        _sizes.Clear();
    }

    private void Ints(ReadOnlySpan<int> values)
    {
        var before = _parts.WrittenCount;
        DeltaBinaryPacked.Encode(values, _parts, tight: true);
        _sizes.Add((uint)(_parts.WrittenCount - before));
    }

    private void Longs(ReadOnlySpan<ulong> values, bool always = false)
    {
        var before = _parts.WrittenCount;
        if (always || values.ContainsAnyExcept(0UL))
        {
            DeltaBinaryPacked.Encode(MemoryMarshal.Cast<ulong, long>(values), _parts, tight: true);
        }

        _sizes.Add((uint)(_parts.WrittenCount - before));
    }

    // The header (count, sizes, checksum), then the parts.
    private void End(int count, int headerBytes, IBufferWriter<byte> output)
    {
        var header = output.GetSpan(headerBytes)[..headerBytes];
        BinaryPrimitives.WriteUInt32BigEndian(header, (uint)count);
        for (var i = 0; i < _sizes.Count; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header[(4 * i + 4)..], _sizes[i]);
        }

        BinaryPrimitives.WriteUInt32BigEndian(header[^4..], Crc32C.Of(header[..^4]));
        output.Advance(headerBytes);
        output.Write(_parts.WrittenSpan);
    }
}
