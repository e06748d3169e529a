using Pyro.Blocks.Files;
using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Index;

/// <summary>Reads an index whole: every checksum, and whether its sections tell the same of each series.</summary>
internal static class IndexCheck
{
    // The label indices have four bytes of length, begin at multiples of four, and are not read for anything else.
    private const int Alignment = 4;

    private const int FingerprintEntryBytes = 2 * sizeof(ulong), FingerprintSampling = 1024;

    /// <summary>Throws at the first fault.</summary>
    /// <returns>How many series there are.</returns>
    public static async ValueTask<int> Run(
        TsdbIndex index, IBlockFile file, IndexToc toc, SymbolTable symbols, PostingsTable table, CancellationToken cancellation)
    {
        var series = await index.ReadAll(cancellation);
        CheckSymbols(file, symbols, series);
        CheckOrder(file, await index.Labels(series, cancellation), series);
        var postings = new PostingsReader(file, toc);
        CheckReferences(file, (await postings.Union([table.All], cancellation)).ToArray(), series);
        foreach (var name in table.Names)
        {
            var lists = await table.FindAll(name, null, cancellation);
            await postings.Union(lists, cancellation);
            await CheckPostings(index, file, name, series, cancellation);
        }

        await CheckLabelIndices(file, toc, cancellation);
        await CheckFingerprints(file, toc, series, cancellation);
        return series.Count;
    }

    private static void CheckSymbols(IBlockFile file, SymbolTable symbols, SeriesEntries series)
    {
        var used = new SymbolSet(symbols.Count, file.Name);
        foreach (var label in series.AllLabels)
        {
            used.Add(label.Name);
            used.Add(label.Value);
        }
    }

    private static void CheckOrder(IBlockFile file, LabelSet[] labels, SeriesEntries series)
    {
        for (var i = 0; i < labels.Length; i++)
        {
            var at = (long)series.Series[i].Reference * SeriesEntry.Alignment;
            if (labels[i].Fingerprint != series.Series[i].Fingerprint)
            {
                throw new DamagedBlockException(file.Name, at, "the fingerprint is not that of the labels");
            }

            if (i > 0 && LabelPairOrder.Compare(labels[i - 1], labels[i]) >= 0)
            {
                throw new DamagedBlockException(file.Name, at, "series are not in ascending order of labels");
            }
        }
    }

    private static void CheckReferences(IBlockFile file, uint[] all, SeriesEntries series)
    {
        if (all.Length != series.Count)
        {
            throw new DamagedBlockException(file.Name, -1, $"the list of all series has {all.Length} of {series.Count}");
        }

        for (var i = 0; i < all.Length; i++)
        {
            if (all[i] != series.Series[i].Reference)
            {
                throw new DamagedBlockException(file.Name, -1, $"the list of all series names {all[i]} instead of {series.Series[i].Reference}");
            }
        }
    }

    // Each value's list against the labels of the series themselves.
    private static async ValueTask CheckPostings(
        TsdbIndex index, IBlockFile file, string name, SeriesEntries series, CancellationToken cancellation)
    {
        var groups = await index.GroupBy(series, [name], cancellation);
        var expected = new Dictionary<string, List<uint>>(StringComparer.Ordinal);
        for (var i = 0; i < series.Count; i++)
        {
            if (groups.Labels[groups.GroupOf[i]].Get(name) is { } value)
            {
                if (!expected.TryGetValue(value, out var list))
                {
                    expected.Add(value, list = []);
                }

                list.Add(series.Series[i].Reference);
            }
        }

        await foreach (var value in index.LabelValues(name, cancellation))
        {
            var matcher = new LabelMatcher(MatchOp.Equal, name, value);
            var listed = await index.Select([matcher], cancellation);
            if (!expected.Remove(value, out var list) || !list.SequenceEqual(listed))
            {
                throw new DamagedBlockException(file.Name, -1, $"the list of {matcher} is not that of the series that have it");
            }
        }

        if (expected.Count > 0)
        {
            throw new DamagedBlockException(file.Name, -1, $"values of label '{name}' have no list of series");
        }
    }

    private static async ValueTask CheckLabelIndices(IBlockFile file, IndexToc toc, CancellationToken cancellation)
    {
        using (var table = await Section.Open(file, toc.LabelIndexTable, toc.PostingsTable, "label index table", cancellation))
        {
            await table.Skip(cancellation);
            await table.Finish(cancellation);
        }

        for (var at = Aligned(toc.LabelIndices); at < toc.Postings;)
        {
            using var section = await Section.Open(file, at, toc.Postings, "label index", cancellation);
            await section.Skip(cancellation);
            at = Aligned(await section.Finish(cancellation));
        }
    }

    private static async ValueTask CheckFingerprints(IBlockFile file, IndexToc toc, SeriesEntries series, CancellationToken cancellation)
    {
        using var section = await Section.Open(file, toc.Fingerprints, file.Length - IndexToc.Bytes, "fingerprint offsets", cancellation);
        var count = await section.UInt32(cancellation);
        if (count != (series.Count + FingerprintSampling - 1) / FingerprintSampling || section.Left != count * (long)FingerprintEntryBytes)
        {
            throw section.Damaged($"are {count} for {series.Count} series");
        }

        for (var i = 0; i < series.Count; i += FingerprintSampling)
        {
            while (section.Held.Length < FingerprintEntryBytes)
            {
                await section.More(cancellation);
            }

            var reader = new EntryReader(section.Held);
            if (reader.UInt64() != series.Series[i].Reference || reader.UInt64() != series.Series[i].Fingerprint)
            {
                throw section.Damaged("are not those of the series");
            }

            section.Advance(FingerprintEntryBytes);
        }

        await section.Finish(cancellation);
    }

    private static long Aligned(long offset) => (offset + Alignment - 1) / Alignment * Alignment;
}
