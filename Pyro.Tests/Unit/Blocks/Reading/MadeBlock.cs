using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Memory;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Blocks.Reading;

/// <summary>Blocks made by hand on a disk in memory.</summary>
internal sealed class MadeBlock : IDisposable
{
    private readonly ForgettingDisk _disk = new(1);
    private readonly TsdbIndexWriter _index = new();
    private readonly SortedDictionary<ulong, PartitionBuilder> _symbols = [];
    private readonly ProfilesWriter _profiles;
    private readonly string _folder;
    private readonly List<(int Series, ulong Partition, long Time, long[] Stacks, long[] Values)> _all = [];
    private readonly List<(string Name, long Seconds)> _downsampled = [];
    private long _rows, _samples, _min = long.MaxValue, _max = long.MinValue;

    public void Dispose() => _profiles.Dispose();

    public MadeBlock(Ulid ulid, int groupRows = ParquetWriter.GroupRowsMax)
    {
        Ulid = ulid;
        _folder = $"/blocks/{ulid}";
        _disk.CreateDirectory(_folder);
        _profiles = new ProfilesWriter(_disk, _folder + "/profiles.parquet", groupRows);
    }

    public Ulid Ulid { get; }

    /// <summary>The rows of a head, in the order of a block.</summary>
    public static async Task<(BlockMeta Meta, IBlockFiles Files)> Of(HeadView view, int groupRows = ParquetWriter.GroupRowsMax)
    {
        var made = new MadeBlock(view.Head.Ulid, groupRows);
        var tables = view.Partitions.Select(p => made.Partition(p.Id).From(TablesOf(p.View()))).ToArray();
        foreach (var series in view.Index.Series.ToArray().OrderBy(s => s.Labels, LabelPairOrder.Comparer))
        {
            var rows = series.Rows.ToArray().OrderBy(r => view.Rows.Times[r]).ThenBy(r => view.Rows.Details[r].Id).ToArray();
            made.Series(series.Labels, view.Rows.Times[rows[0]], view.Rows.Times[rows[^1]]);
            foreach (var row in rows)
            {
                await made.Row(view, row, tables);
            }
        }

        return await made.Finish();
    }

    public PartitionBuilder Partition(ulong id)
    {
        if (!_symbols.TryGetValue(id, out var builder))
        {
            _symbols.Add(id, builder = new PartitionBuilder());
        }

        return builder;
    }

    public void Series(LabelSet labels, long minTime, long maxTime) => _index.Add(labels, labels.Fingerprint, minTime, maxTime);

    public ValueTask Row(in ProfileRow row)
    {
        _rows++;
        _samples += row.Stacks.Length;
        _min = Math.Min(_min, row.TimeNanos);
        _max = Math.Max(_max, row.TimeNanos);
        _all.Add((row.SeriesIndex, row.Partition, row.TimeNanos, row.Stacks.ToArray(), row.Values.ToArray()));
        return _profiles.Add(row, CancellationToken.None);
    }

    /// <summary>Row of the series that was added last.</summary>
    public ValueTask Row(ulong partition, long time, ProfileId id, long[] stacks, long[] values, long[]? spans = null) => Row(new ProfileRow
    {
        SeriesIndex = _index.Count - 1,
        Partition = partition,
        TimeNanos = time,
        Id = id,
        Stacks = stacks,
        Values = values,
        Spans = spans,
    });

    /// <summary>Has a table of sums written too, of slots of so many seconds.</summary>
    public void Downsample(string name, long seconds) => _downsampled.Add((name, seconds));

    public async Task<(BlockMeta Meta, IBlockFiles Files)> Finish()
    {
        var files = new List<BlockFileMeta>
        {
            new("index.tsdb", await _index.Write(_disk, _folder + "/index.tsdb", CancellationToken.None)),
            new("profiles.parquet", await _profiles.Finish(CancellationToken.None)),
        };
        _profiles.Dispose();
        foreach (var (name, seconds) in _downsampled)
        {
            files.Add(new($"profiles_{name}_sum.parquet", await Downsampled($"{_folder}/profiles_{name}_sum.parquet", seconds)));
        }

        using var symbols = SymbolsWriter.Create(_disk, _folder);
        foreach (var (id, builder) in _symbols)
        {
            await symbols.Add(id, builder.Build(), CancellationToken.None);
        }

        files.AddRange((await symbols.Finish(CancellationToken.None)).Select(f => new BlockFileMeta(f.RelPath, f.Bytes)));
        var meta = new BlockMeta
        {
            Id = Ulid,
            MinTime = _min / 1_000_000,
            MaxTime = _max / 1_000_000,
            Stats = new BlockStats(_samples, _index.Count, _rows),
            Files = files,
            Compaction = new BlockCompaction { Level = 1, Sources = [Ulid] },
        };
        return (meta, new DiskBlockFiles(_disk, _folder, Ulid.ToString()));
    }

    // Rows one after another that are of one slot, series and partition make one (block-format 7).
    private async ValueTask<long> Downsampled(string path, long seconds)
    {
        using var table = new ParquetWriter(_disk, path, ProfilesSchema.Downsampled);
        for (int from = 0, to; from < _all.Count; from = to)
        {
            long Slot(int row) => _all[row].Time / 1_000_000_000 / seconds * seconds;
            bool Joins(int row) => (Slot(row), _all[row].Series, _all[row].Partition) == (Slot(from), _all[from].Series, _all[from].Partition);
            for (to = from + 1; to < _all.Count && Joins(to);) to++;
            var sums = new Dictionary<long, long>();
            foreach (var row in _all[from..to])
            {
                for (var i = 0; i < row.Stacks.Length; i++) sums[row.Stacks[i]] = sums.GetValueOrDefault(row.Stacks[i]) + row.Values[i];
            }

            table[0].Add(_all[from].Series);
            table[1].Add((long)_all[from].Partition);
            table[2].Add(sums.Values.Sum());
            table[3].AddList(sums.Count);
            table[3].AddAll([.. sums.Keys]);
            table[4].AddList(sums.Count);
            table[4].AddAll([.. sums.Values]);
            table[5].Add(Slot(from) * 1_000_000_000);
            table[6].AddList(0);
            table[7].AddList(0);
            await table.EndRow(CancellationToken.None);
        }

        return await table.Finish(CancellationToken.None);
    }

    /// <summary>A block to read, with a cache of its own.</summary>
    public static Block Opened((BlockMeta Meta, IBlockFiles Files) made, MemoryLedger ledger) =>
        new("tenant", made.Meta, made.Files, new BlockReading(new SymbolCache(64 << 20, ledger)));

    /// <summary>Tables of functions of the given names, one location each and one stack each below its predecessor's parent.</summary>
    public static SymbolTables Functions(IReadOnlyList<string> names, Func<int, int> parentOf)
    {
        var text = names.Prepend("").Select(System.Text.Encoding.UTF8.GetBytes).ToArray();
        int[] own = [.. Enumerable.Range(1, names.Count)];
        int[] zeros = new int[names.Count];
        return new SymbolTables(
            new StringColumn([.. text.SelectMany(t => t)], Starts(text.Select(t => t.Length))),
            new FunctionColumns(own, own, zeros, zeros),
            new MappingColumns([0], [0], [0], [0], [0], [0]),
            new LocationColumns(new ulong[names.Count], zeros, new bool[names.Count], [.. Enumerable.Range(0, names.Count + 1)], [.. own.Select(i => i - 1)], zeros),
            new StackColumns([-1, .. own.Select(parentOf)], [0, .. own.Select(i => i - 1)]));
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

    private ValueTask Row(HeadView view, int row, PartitionSource[] tables)
    {
        var detail = view.Rows.Details[row];
        var samples = view.Rows.Samples;
        var ids = samples.Stacks(detail.Samples);
        var stacks = new long[ids.Length];
        var values = new long[ids.Length];
        for (var i = 0; i < stacks.Length; i++)
        {
            stacks[i] = tables[detail.Partition].Stack((int)ids[i]);
            values[i] = samples.Value(detail.Samples, i);
        }

        return Row(new ProfileRow
        {
            SeriesIndex = _index.Count - 1,
            Partition = view.Partitions[detail.Partition].Id,
            TimeNanos = view.Rows.Times[row],
            DurationNanos = detail.DurationNanos,
            Id = detail.Id,
            Stacks = stacks,
            Values = values,
            Spans = detail.Samples.Spans ? [.. samples.Spans(detail.Samples).ToArray().Select(s => (long)s)] : [],
        });
    }

    private static SymbolTables TablesOf(PartitionView view)
    {
        var strings = Enumerable.Range(0, view.Strings.Count).Select(i => view.Strings[i].ToArray()).ToArray();
        var functions = All(view.Functions);
        var mappings = All(view.Mappings);
        var locations = All(view.Locations);
        var lines = locations.SelectMany(l => Enumerable.Range(l.LineStart, l.LineCount)).Select(i => view.Lines[i]).ToArray();
        var stacks = All(view.Stacks);
        return new SymbolTables(
            new StringColumn([.. strings.SelectMany(s => s)], Starts(strings.Select(s => s.Length))),
            new FunctionColumns(
                [.. functions.Select(f => f.Name)], [.. functions.Select(f => f.SystemName)], [.. functions.Select(f => f.File)], [.. functions.Select(f => (int)f.StartLine)]),
            new MappingColumns(
                [.. mappings.Select(m => m.Start)], [.. mappings.Select(m => m.Limit)], [.. mappings.Select(m => m.Offset)],
                [.. mappings.Select(m => m.File)], [.. mappings.Select(m => m.BuildId)], [.. mappings.Select(m => m.Flags)]),
            new LocationColumns(
                [.. locations.Select(l => l.Address)], [.. locations.Select(l => l.Mapping)], [.. locations.Select(l => l.Folded)],
                Starts(locations.Select(l => l.LineCount)), [.. lines.Select(l => l.Function)], [.. lines.Select(l => l.Number)]),
            new StackColumns(
                [-1, .. stacks.Skip(1).Select(StackTree.Parent)], [0, .. stacks.Skip(1).Select(StackTree.Location)]));
    }

    private static T[] All<T>(SlabView<T> view)
        where T : unmanaged => [.. Enumerable.Range(0, view.Count).Select(i => view[i])];
}
