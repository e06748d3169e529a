using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;

namespace Pyro.Blocks.Verifying;

/// <summary>Whether meta.json tells of the block that is there.</summary>
internal static class MetaCheck
{
    /// <summary>Files, lengths and sources.</summary>
    public static void Run(FoundBlock block, BlockMeta meta, FaultList faults)
    {
        var (named, folders) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var file in meta.Files)
        {
            if (!named.Add(file.RelPath))
            {
                Add(block, faults, $"lists {file.RelPath} twice");
            }
            else if (!block.Listed.TryGetValue(file.RelPath, out var bytes))
            {
                faults.Add(block.Folder + file.RelPath, -1, MissingFileException.Fault);
            }
            else if (bytes != file.Bytes && file.Bytes != 0)
            {
                faults.Add(block.Folder + file.RelPath, -1, $"has {bytes} bytes, not the {file.Bytes} that meta.json lists");
            }
        }

        folders.UnionWith(named.SelectMany(FoldersOf));
        foreach (var path in block.Listed.Keys)
        {
            if (!named.Contains(path) && !IsOwn(path))
            {
                // A folder without any listed file is told as one: a link in it may lead around without end.
                faults.Add(block.Folder + (FoldersOf(path).FirstOrDefault(f => !folders.Contains(f)) ?? path), -1, "is not listed in meta.json");
            }
        }

        foreach (var needed in (ReadOnlySpan<string>)[BlockPaths.Index, BlockPaths.Profiles])
        {
            if (!named.Contains(needed))
            {
                Add(block, faults, $"lists no {needed}");
            }
        }

        Sources(block, meta, faults);
    }

    /// <summary>Whether it tells the length of each file. It may leave them out; a block that Pyro wrote has them.</summary>
    public static void Lengths(FoundBlock block, BlockMeta meta, FaultList faults)
    {
        foreach (var file in meta.Files.Where(static f => f.Bytes == 0))
        {
            Add(block, faults, $"does not tell how many bytes {file.RelPath} has");
        }
    }

    /// <summary>How many series it has.</summary>
    public static void Series(FoundBlock block, BlockMeta meta, long series, FaultList faults)
    {
        Same(block, faults, "series", meta.Stats.Series, series);
        if (meta.File(BlockPaths.Index) is { } listed)
        {
            Same(block, faults, $"series in {BlockPaths.Index}", listed.Series ?? 0, series);
        }
    }

    /// <summary>How many rows a table has, and in how many groups. Pyroscope tells of one group too many in tables of symbols.</summary>
    public static void Table(FoundBlock block, BlockFileMeta listed, ParquetFile table, bool isRows, FaultList faults)
    {
        if (listed.Parquet is not { } told)
        {
            Add(block, faults, $"tells of no rows in {listed.RelPath}");
            return;
        }

        Same(block, faults, $"rows in {listed.RelPath}", told.Rows, table.RowCount);
        if (isRows)
        {
            Same(block, faults, $"row groups in {listed.RelPath}", told.RowGroups, table.GroupCount);
        }
    }

    /// <summary>What its rows come to.</summary>
    public static void Rows(FoundBlock block, BlockMeta meta, RowSums sums, FaultList faults)
    {
        Same(block, faults, "profiles", meta.Stats.Profiles, sums.Rows);
        Same(block, faults, "samples", meta.Stats.Samples, sums.Samples);
        if (sums.Rows > 0 && (BlockTime.FromNanos(sums.MinTime), BlockTime.FromNanos(sums.MaxTime)) is var (min, max) && (min, max) != (meta.MinTime, meta.MaxTime))
        {
            Add(block, faults, $"tells of times from {BlockTime.Format(meta.MinTime)} s to {BlockTime.Format(meta.MaxTime)} s where rows are from {BlockTime.Format(min)} s to {BlockTime.Format(max)} s");
        }
    }

    private static void Sources(FoundBlock block, BlockMeta meta, FaultList faults)
    {
        var sources = meta.Compaction.Sources;
        if (meta.Compaction.Level == 1 && (sources.Count != 1 || sources[0] != meta.Id))
        {
            Add(block, faults, "a block of level 1 has itself as its only source");
        }
        else if (meta.Compaction.Level < 1)
        {
            Add(block, faults, $"level {meta.Compaction.Level} is none");
        }
        else if (meta.Compaction.Level > 1 && (sources.Count == 0 || sources.Contains(meta.Id)))
        {
            Add(block, faults, $"a block of level {meta.Compaction.Level} has others as its sources");
        }

        for (var i = 1; i < sources.Count; i++)
        {
            if (sources[i - 1].CompareTo(sources[i]) >= 0)
            {
                Add(block, faults, $"source {sources[i]} does not follow {sources[i - 1]}");
            }
        }
    }

    // From the outermost on, `/` at their ends.
    private static IEnumerable<string> FoldersOf(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..(slash + 1)];
        }
    }

    private static bool IsOwn(string path) =>
        path == BlockPaths.Meta || path == BlockMark.FileName(MarkKind.Deletion) || path == BlockMark.FileName(MarkKind.NoCompact);

    private static void Same(FoundBlock block, FaultList faults, string what, long told, long found)
    {
        if (told != found)
        {
            Add(block, faults, $"tells of {told} {what} where there are {found}");
        }
    }

    private static void Add(FoundBlock block, FaultList faults, string fault) => faults.Add(block.Folder + BlockPaths.Meta, -1, fault);
}
