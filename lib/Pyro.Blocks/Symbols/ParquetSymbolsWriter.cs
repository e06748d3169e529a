using System.Buffers;
using Pyro.Blocks.Parquet;
using Pyro.Disk;
using static Pyro.Blocks.Parquet.ParquetField;
using static Pyro.Blocks.Symbols.SymdbLayout;

namespace Pyro.Blocks.Symbols;

/// <summary>
/// Writes format 2 (block-format 6.4): `symbols/` with a Parquet file for each kind of table, the stack trees one behind the other, and the
/// index. The `Id` columns mean nothing to a reader and are 0.
/// </summary>
internal sealed class ParquetSymbolsWriter : SymbolsWriter
{
    private static readonly ParquetSchema StringSchema = new(
        "String", Number("ID", isUnsigned: true), Leaf("String", ParquetType.ByteArray, ParquetLogical.String));

    private static readonly ParquetSchema FunctionSchema = new(
        "Function", Number("Id", isUnsigned: true), Number("Name"), Number("SystemName"), Number("Filename"), Number("StartLine"));

    private static readonly ParquetSchema MappingSchema = new(
        "Mapping",
        Number("Id", isUnsigned: true),
        Number("MemoryStart", isUnsigned: true),
        Number("MemoryLimit", isUnsigned: true),
        Number("FileOffset", isUnsigned: true),
        Number("Filename"),
        Number("BuildId"),
        Leaf("HasFunctions", ParquetType.Boolean),
        Leaf("HasFilenames", ParquetType.Boolean),
        Leaf("HasLineNumbers", ParquetType.Boolean),
        Leaf("HasInlineFrames", ParquetType.Boolean));

    private static readonly ParquetSchema LocationSchema = new(
        "Location",
        Number("Id", isUnsigned: true),
        Number("MappingId", isUnsigned: true),
        Number("Address", isUnsigned: true),
        Group("Line", ParquetRepetition.Repeated, Number("FunctionId", isUnsigned: true), Number("Line")),
        Leaf("IsFolded", ParquetType.Boolean));

    /// <summary>The schemas by the name of the file.</summary>
    public static IReadOnlyDictionary<string, ParquetSchema> Schemas { get; } = new Dictionary<string, ParquetSchema>(StringComparer.Ordinal)
    {
        [Strings] = StringSchema,
        [Functions] = FunctionSchema,
        [Mappings] = MappingSchema,
        [Locations] = LocationSchema,
    };

    private readonly IDisk _disk;
    private readonly string _folder, _symbols;
    private readonly IDiskFile _stacks;
    private readonly Table _strings, _functions, _mappings, _locations;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly IndexEncoder _index = new(format: 2);
    private long _written;

    /// <summary>Starts writing.</summary>
    public ParquetSymbolsWriter(IDisk disk, string folder)
    {
        (_disk, _folder, _symbols) = (disk, folder, Path.Combine(folder, Folder.TrimEnd('/')));
        disk.CreateDirectory(_symbols);
        _stacks = disk.Create(Path.Combine(_symbols, StacksName));
        _strings = new Table(this, Strings);
        _functions = new Table(this, Functions);
        _mappings = new Table(this, Mappings);
        _locations = new Table(this, Locations);
    }

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<WrittenFile>> Finish(CancellationToken cancellation)
    {
        await _stacks.Sync(cancellation);
        var section = _index.Section();
        using (var index = _disk.Create(Path.Combine(_symbols, IndexName)))
        {
            await index.Append(section, cancellation);
            await index.Sync(cancellation);
        }

        WrittenFile[] files =
        [
            await _functions.Finish(cancellation),
            new(Folder + IndexName, section.Length),
            await _locations.Finish(cancellation),
            await _mappings.Finish(cancellation),
            new(Folder + StacksName, _written),
            await _strings.Finish(cancellation),
        ];
        _disk.SyncDirectory(_symbols);
        _disk.SyncDirectory(_folder);
        return files;
    }

    /// <inheritdoc/>
    private protected override async ValueTask Write(ulong id, SymbolTables tables, CancellationToken cancellation)
    {
        await WriteStrings(tables.Strings, cancellation);
        await WriteMappings(tables.Mappings, cancellation);
        await WriteFunctions(tables.Functions, cancellation);
        await WriteLocations(tables.Locations, cancellation);
        _buffer.ResetWrittenCount();
        StackTreeCodec.Encode(tables.Stacks, _buffer);
        await _stacks.Append(_buffer.WrittenMemory, cancellation);
        var tree = new TreePlace(_written, _buffer.WrittenCount, tables.Stacks.Count, NoNodeLimit, Crc32C.Of(_buffer.WrittenSpan));
        _written += _buffer.WrittenCount;

        _index.Partition(id);
        _index.Number(1);
        Table[] order = [_locations, _mappings, _functions, _strings];
        foreach (var table in order)
        {
            _index.Number((uint)table.Ranges.Count);
        }

        _index.Tree(id, tree, tables.Stacks);
        foreach (var table in order)
        {
            foreach (var rows in table.Ranges)
            {
                _index.Number((uint)rows.Group);
                _index.Number(rows.First);
                _index.Number((uint)rows.Count);
            }

            table.Ranges.Clear();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _stacks.Dispose();
        _strings.Writer.Dispose();
        _functions.Writer.Dispose();
        _mappings.Writer.Dispose();
        _locations.Writer.Dispose();
    }

    private static ParquetField Number(string name, bool isUnsigned = false) =>
        Leaf(name, ParquetType.Int64, isUnsigned ? ParquetLogical.UInt64 : ParquetLogical.Int64);

    private async ValueTask WriteStrings(StringColumn strings, CancellationToken cancellation)
    {
        var writer = _strings.Writer;
        for (var i = 0; i < strings.Count; i++)
        {
            writer[0].Add(0);
            writer[1].Add(strings[i]);
            await _strings.EndRow(cancellation);
        }
    }

    private async ValueTask WriteFunctions(FunctionColumns functions, CancellationToken cancellation)
    {
        var writer = _functions.Writer;
        for (var i = 0; i < functions.Count; i++)
        {
            writer[0].Add(0);
            writer[1].Add(functions.Name[i]);
            writer[2].Add(functions.SystemName[i]);
            writer[3].Add(functions.File[i]);
            writer[4].Add(functions.StartLine[i]);
            await _functions.EndRow(cancellation);
        }
    }

    private async ValueTask WriteMappings(MappingColumns mappings, CancellationToken cancellation)
    {
        var writer = _mappings.Writer;
        for (var i = 0; i < mappings.Count; i++)
        {
            writer[0].Add(0);
            writer[1].Add((long)mappings.Start[i]);
            writer[2].Add((long)mappings.Limit[i]);
            writer[3].Add((long)mappings.Offset[i]);
            writer[4].Add(mappings.File[i]);
            writer[5].Add(mappings.BuildId[i]);
            for (var flag = 0; flag < 4; flag++)
            {
                writer[6 + flag].Add(mappings.Flags[i] >> flag & 1);
            }

            await _mappings.EndRow(cancellation);
        }
    }

    private async ValueTask WriteLocations(LocationColumns locations, CancellationToken cancellation)
    {
        var writer = _locations.Writer;
        for (var i = 0; i < locations.Count; i++)
        {
            writer[0].Add(0);
            writer[1].Add(locations.Mapping[i]);
            writer[2].Add((long)locations.Address[i]);
            var (first, end) = (locations.LineStart[i], locations.LineStart[i + 1]);
            writer[3].AddList(end - first);
            writer[4].AddList(end - first);
            for (var line = first; line < end; line++)
            {
                writer[3].Add(locations.LineFunction[line]);
                writer[4].Add(locations.LineNumber[line]);
            }

            writer[5].Add(locations.Folded[i] ? 1 : 0);
            await _locations.EndRow(cancellation);
        }
    }

    /// <summary>A Parquet file, and which of its rows the partition that is being written has.</summary>
    private sealed class Table(ParquetSymbolsWriter owner, string name)
    {
        private long _rows;

        public ParquetWriter Writer { get; } = new(owner._disk, Path.Combine(owner._symbols, name), Schemas[name], groupRows: int.MaxValue);

        public List<RowPlace> Ranges { get; } = [];

        public ValueTask EndRow(CancellationToken cancellation)
        {
            var (group, row) = (Writer.GroupCount, Writer.GroupRows);
            if (Ranges.Count > 0 && Ranges[^1].Group == group)
            {
                Ranges[^1] = Ranges[^1] with { Count = Ranges[^1].Count + 1 };
            }
            else
            {
                Ranges.Add(new RowPlace(group, (uint)row, 1));
            }

            _rows++;
            return Writer.EndRow(cancellation);
        }

        public async ValueTask<WrittenFile> Finish(CancellationToken cancellation)
        {
            var bytes = await Writer.Finish(cancellation);
            return new WrittenFile(Folder + name, bytes, Writer.GroupCount, _rows);
        }
    }
}
