using System.Buffers;
using System.Buffers.Binary;
using Pyro.Disk;
using static Pyro.Blocks.Symbols.SymdbLayout;

namespace Pyro.Blocks.Symbols;

/// <summary>Writes format 3 (block-format 6.3): the tables of each partition as they come, the index and the footer behind them.</summary>
internal sealed class SymdbWriter(IDisk disk, string folder) : SymbolsWriter
{
    private const int FlushBytes = 1 << 20;

    private readonly IDiskFile _file = disk.Create(Path.Combine(folder, FileName));
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly BlockEncoder _encoder = new();
    private readonly IndexEncoder _index = new(format: 3);
    private long _written;

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<WrittenFile>> Finish(CancellationToken cancellation)
    {
        var start = _written;
        _buffer.Write(_index.Section());
        Span<byte> footer = stackalloc byte[FooterBytes];
        BinaryPrimitives.WriteUInt32BigEndian(footer, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(footer[4..], 3);
        BinaryPrimitives.WriteInt64BigEndian(footer[8..], start);
        BinaryPrimitives.WriteUInt32BigEndian(footer[16..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(footer[20..], Crc32C.Of(footer[..20]));
        _buffer.Write(footer);
        await Flush(cancellation);
        await _file.Sync(cancellation);
        return [new WrittenFile(FileName, _written)];
    }

    /// <inheritdoc/>
    private protected override async ValueTask Write(ulong id, SymbolTables tables, CancellationToken cancellation)
    {
        var encoder = _encoder;
        var strings = await Table(
            StringsFormat, StringsHeader, tables.Strings.Count, (first, n) => encoder.Strings(tables.Strings, first, n, _buffer), cancellation);
        var mappings = await Table(
            MappingsFormat, MappingsHeader, tables.Mappings.Count, (first, n) => encoder.Mappings(tables.Mappings, first, n, _buffer), cancellation);
        var functions = await Table(
            FunctionsFormat, FunctionsHeader, tables.Functions.Count, (first, n) => encoder.Functions(tables.Functions, first, n, _buffer), cancellation);
        var locations = await Table(
            LocationsFormat, LocationsHeader, tables.Locations.Count, (first, n) => encoder.Locations(tables.Locations, first, n, _buffer), cancellation);
        StackTreeCodec.Encode(tables.Stacks, _buffer);
        var tree = new TreePlace(_written, _buffer.WrittenCount, tables.Stacks.Count, NoNodeLimit, Crc32C.Of(_buffer.WrittenSpan));
        await Flush(cancellation);

        _index.Partition(id);
        _index.Number(1);
        _index.Tree(id, tree, tables.Stacks);
        _index.Reference(locations, LocationsFormat);
        _index.Reference(mappings, MappingsFormat);
        _index.Reference(functions, FunctionsFormat);
        _index.Reference(strings, StringsFormat);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file.Dispose();

    private async ValueTask<TablePlace> Table(ushort format, int headerBytes, int count, Action<int, int> block, CancellationToken cancellation)
    {
        var start = _written;
        uint checksum = 0;
        for (var first = 0; first < count; first += ItemsPerBlock)
        {
            block(first, Math.Min(ItemsPerBlock, count - first));
            if (_buffer.WrittenCount >= FlushBytes || first + ItemsPerBlock >= count)
            {
                checksum = Crc32C.Append(checksum, _buffer.WrittenSpan);
                await Flush(cancellation);
            }
        }

        var size = _written - start;
        return size <= int.MaxValue
            ? new TablePlace(count, start, (int)size, checksum, ItemsPerBlock, headerBytes)
            : throw new InvalidDataException($"a table of kind {format} and {size} bytes is too large for a block");
    }

    private async ValueTask Flush(CancellationToken cancellation)
    {
        await _file.Append(_buffer.WrittenMemory, cancellation);
        _written += _buffer.WrittenCount;
        _buffer.ResetWrittenCount();
    }
}
