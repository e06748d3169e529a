using System.IO.Hashing;
using System.Runtime.InteropServices;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Writing;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Blocks.Writing;

/// <summary>The blocks of the corpus, written again: the same in all that counts, and not larger.</summary>
public sealed class RewrittenCorpusTests
{
    public static IEnumerable<TheoryDataRow<string>> Blocks() => Repository.Corpus is null ? [new TheoryDataRow<string>("")]
        : RewrittenBlocks.In(Path.Combine(Repository.Corpus, "blocks")).Where(static b => b.Meta.Version == BlockMeta.WrittenVersion)
            .Select(static b => new TheoryDataRow<string>(Path.GetRelativePath(Path.Combine(Repository.Corpus, "blocks"), b.Folder)));

    [Theory]
    [MemberData(nameof(Blocks))]
    public Task A_block_is_the_same_in_format_3(string folder) => Same(folder, 3);

    [Theory]
    [MemberData(nameof(Blocks))]
    public Task A_block_is_the_same_in_format_2(string folder) => Same(folder, 2);

    private static async Task Same(string folder, int format)
    {
        if (Repository.Corpus is null) return;
        folder = Path.Combine(Repository.Corpus, "blocks", folder);
        var meta = BlockMeta.Read(await File.ReadAllBytesAsync(Path.Combine(folder, "meta.json")), "meta.json");
        using var reading = new BlockReading(new SymbolCache(256 << 20, new MemoryLedger(2L << 30)));
        var original = RewrittenBlocks.Open(new PhysicalDisk(), folder, meta, reading);
        var disk = new ForgettingDisk(1);
        var written = await RewrittenBlocks.Write(original, disk, "/out", format);
        Assert.Equal(meta.Stats, written.Stats);
        Assert.Equal((meta.MinTime, meta.MaxTime), (written.MinTime, written.MaxTime));
        var rewritten = RewrittenBlocks.Open(disk, "/out", written, reading);
        var index = await disk.ReadAll("/out/index.tsdb", int.MaxValue, default);
        Assert.True((await File.ReadAllBytesAsync(Path.Combine(folder, "index.tsdb"))).AsSpan().SequenceEqual(index));
        Assert.Equal(await Rows(original), await Rows(rewritten));
        Assert.False(await HasOwnIds(rewritten));
        if (format == 3)
        {
            Assert.InRange(Bytes(written), 1, Bytes(meta));
        }
    }

    private static long Bytes(BlockMeta meta) => meta.Files
        .Where(static f => f.RelPath == BlockPaths.Profiles || f.RelPath.Contains("symbols", StringComparison.Ordinal)).Sum(static f => f.Bytes);

    // Whose IDs they are decides which rows count as the same.
    private static async Task<bool> HasOwnIds(Block block)
    {
        using var lease = block.TryLease()!;
        await using var source = await BlockRowSource.Open(lease, default);
        return source.HasOwnIds;
    }

    // All that is known of each row, with stacks by what they say.
    private static async Task<List<(string Labels, ulong Fingerprint, long Time, ProfileId Id, ulong Content)>> Rows(Block block)
    {
        var rows = new List<(string Labels, ulong Fingerprint, long Time, ProfileId Id, ulong Content)>();
        using var lease = block.TryLease()!;
        await using var source = await BlockRowSource.Open(lease, default);
        while (await source.NextSeries(default))
        {
            while (await source.NextRow(default))
            {
                rows.Add((source.Labels.ToString(), source.Fingerprint, source.Row.TimeNanos, source.Row.Id, Rest(source.Row)));
            }
        }

        return rows;
    }

    private static ulong Rest(in SourceRow row)
    {
        var samples = new List<(ulong Stack, long Value, long Span)>();
        for (var i = 0; i < row.Stacks.Length; i++)
        {
            samples.Add((Stack(row.Symbols, row.Stacks[i]), row.Values[i], row.Spans.IsEmpty ? 0 : row.Spans[i]));
        }

        samples.Sort();
        var hash = new XxHash64();
        foreach (var (stack, value, span) in samples)
        {
            hash.Append(MemoryMarshal.AsBytes([stack, (ulong)value, (ulong)span]));
        }

        hash.Append(MemoryMarshal.AsBytes([row.Partition, (ulong)row.DurationNanos, (ulong)row.Period, (ulong)row.Annotations.Length]));
        foreach (var note in row.Annotations)
        {
            hash.Append(note.Key.Span);
            hash.Append(note.Value.Span);
        }

        return hash.GetCurrentHashAsUInt64();
    }

    private static ulong Stack(SymbolTables symbols, int node)
    {
        var hash = new XxHash64();
        for (; node > 0; node = symbols.Stacks.Parent[node])
        {
            var location = symbols.Stacks.Location[node];
            hash.Append(MemoryMarshal.AsBytes([symbols.Locations.Address[location]]));
            var mapping = symbols.Locations.Mapping[location];
            hash.Append(MemoryMarshal.AsBytes([symbols.Mappings.Start[mapping], symbols.Mappings.Limit[mapping], symbols.Mappings.Offset[mapping]]));
            hash.Append(symbols.Strings[symbols.Mappings.File[mapping]]);
            hash.Append(symbols.Strings[symbols.Mappings.BuildId[mapping]]);
            for (var line = symbols.Locations.LineStart[location]; line < symbols.Locations.LineStart[location + 1]; line++)
            {
                var function = symbols.Locations.LineFunction[line];
                hash.Append(symbols.Strings[symbols.Functions.Name[function]]);
                hash.Append(symbols.Strings[symbols.Functions.SystemName[function]]);
                hash.Append(symbols.Strings[symbols.Functions.File[function]]);
                hash.Append(MemoryMarshal.AsBytes([symbols.Functions.StartLine[function], symbols.Locations.LineNumber[line]]));
            }
        }

        return hash.GetCurrentHashAsUInt64();
    }
}
