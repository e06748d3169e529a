using System.Globalization;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;

namespace Pyro.Blocks.Reading;

/// <summary>
/// A table of a block whose rows are sums (block-format 7): of the rows of one series and partition whose times lie within one slot. Its row's
/// time is the slot's start, a multiple of the slot's length.
/// </summary>
/// <param name="SlotMillis">Length of a slot.</param>
/// <param name="RelPath">Its file.</param>
/// <param name="Bytes">Length of the file.</param>
internal sealed record DownsampledTable(long SlotMillis, string RelPath, long Bytes)
{
    /// <summary>The tables of a block that are smaller than its rows, longest slots first.</summary>
    public static IReadOnlyList<DownsampledTable> Of(BlockMeta meta)
    {
        var rows = meta.File(BlockPaths.Profiles)?.Bytes ?? 0;
        return [.. meta.Files.Select(TableOf).OfType<DownsampledTable>()
            .Where(table => table.Bytes > 0 && table.Bytes < rows && meta.MinTime >= 0)
            .OrderByDescending(static table => table.SlotMillis)];
    }

    /// <summary>
    /// Which table has the rows of each part of a selection's range, so that every selected row is in one sum and no other row is: whole
    /// slots come from tables, the rest from the rows themselves (null).
    /// </summary>
    /// <param name="tables">The tables, longest slots first.</param>
    /// <param name="block">The block.</param>
    /// <param name="selection">What is selected.</param>
    public static IReadOnlyList<(CompiledSelection Part, DownsampledTable? Table)> Parts(
        IReadOnlyList<DownsampledTable> tables, BlockMeta block, CompiledSelection selection)
    {
        var parts = new List<(CompiledSelection, DownsampledTable?)>();
        if (tables.Count > 0)
        {
            // No row lies before the block's first and after its last: slots that reach beyond them are whole all the same.
            var slot = tables[0].SlotMillis;
            Split(
                selection.StartMillis <= block.MinTime ? block.MinTime - (block.MinTime % slot) : selection.StartMillis,
                selection.EndMillis >= block.MaxTime ? block.MaxTime - (block.MaxTime % slot) + slot - 1 : selection.EndMillis,
                0);
        }

        return parts.Exists(static p => p.Item2 is not null) ? parts : [(selection, null)];

        void Split(long start, long end, int at)
        {
            if (start > end)
            {
                return;
            }

            if (at == tables.Count)
            {
                parts.Add((selection.Within(start, end), null));
                return;
            }

            var slot = tables[at].SlotMillis;
            var (from, to) = ((start + slot - 1) / slot * slot, (end + 1) / slot * slot);
            if (from >= to)
            {
                Split(start, end, at + 1);
                return;
            }

            Split(start, from - 1, at + 1);
            parts.Add((selection.Within(from, to - 1), tables[at]));
            Split(to, end, at + 1);
        }
    }

    /// <summary>Whether it is a table of this kind that cannot be read.</summary>
    public static bool IsFault(Exception fault) => fault switch
    {
        DamagedBlockException damaged => TableOf(new BlockFileMeta(NameOf(damaged.File), 0)) is not null,
        MissingFileException missing => TableOf(new BlockFileMeta(NameOf(missing.File), 0)) is not null,
        _ => false,
    };

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    // `profiles_5m_sum.parquet`; other aggregations are no sums.
    private static DownsampledTable? TableOf(BlockFileMeta file)
    {
        const string Before = "profiles_", After = "_sum.parquet";
        var name = file.RelPath;
        if (!name.StartsWith(Before, StringComparison.Ordinal) || !name.EndsWith(After, StringComparison.Ordinal) || name.Length < Before.Length + After.Length + 2)
        {
            return null;
        }

        var length = name.AsSpan(Before.Length..^After.Length);
        long unit = length[^1] switch { 's' => 1_000, 'm' => 60_000, 'h' => 3_600_000, _ => 0 };
        return unit > 0 && int.TryParse(length[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and < 10_000
            ? new DownsampledTable(count * unit, name, file.Bytes)
            : null;
    }
}
