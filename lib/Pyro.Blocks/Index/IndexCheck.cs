using System.Text;
using Pyro.Blocks.Files;
using Pyro.Blocks.Verifying;
using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Index;

/// <summary>Reads an index whole: every checksum, and whether its sections tell the same of each series.</summary>
internal sealed class IndexCheck(TsdbIndex index, IBlockFile file, IndexToc toc, FaultList faults)
{
    // The label indices have four bytes of length, begin at multiples of four, and are not read for anything else.
    private const int Alignment = 4;

    private const int FingerprintEntryBytes = 2 * sizeof(ulong), FingerprintSampling = 1024;

    private readonly PostingsReader _postings = new(file, toc);

    /// <summary>Adds what is wrong; what cannot be read is passed over.</summary>
    /// <param name="symbols">The names and values; null when they cannot be read.</param>
    /// <param name="table">The lists of series; null when they cannot be found.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>All series in their order; null when not all could be read.</returns>
    public async ValueTask<SeriesEntries?> Run(SymbolTable? symbols, PostingsTable? table, CancellationToken cancellation)
    {
        await faults.Try(() => CheckLabelIndices(cancellation));
        uint[]? all = table is null ? null
            : await faults.Try(async () => (await _postings.Union([table.All], cancellation)).ToArray());
        SeriesEntries? series = null;
        try
        {
            series = await index.ReadAll(cancellation);
        }
        catch (DamagedBlockException e)
        {
            await EachSeries(all, e, cancellation);
        }

        if (series is null)
        {
            return null;
        }

        CheckNumbers(series);
        await faults.Try(() => CheckFingerprints(series, cancellation));
        if (all is not null)
        {
            CheckReferences(all, series);
        }

        if (symbols is not null && await faults.Try(() => CheckLabels(symbols, series, cancellation)) && table is not null)
        {
            foreach (var name in table.Names)
            {
                await faults.Try(async () =>
                {
                    await _postings.Union(await table.FindAll(name, null, cancellation), cancellation);
                    await CheckPostings(name, series, cancellation);
                });
            }
        }

        return series;
    }

    private void Add(long offset, string fault) => faults.Add(file.Name, offset, fault);

    private static long OffsetOf(in SeriesEntry series) => (long)series.Reference * SeriesEntry.Alignment;

    // One series is damaged: the others are found by the list of all.
    private async ValueTask EachSeries(uint[]? all, DamagedBlockException first, CancellationToken cancellation)
    {
        var before = faults.Count;
        foreach (var reference in all ?? [])
        {
            await faults.Try(async () => { await index.Read(new[] { reference }, cancellation); });
        }

        if (faults.Count == before)
        {
            faults.Add(first);
        }
    }

    // Rows name a series by its place in the index.
    private void CheckNumbers(SeriesEntries series)
    {
        var (min, max) = (long.MaxValue, long.MinValue);
        for (var i = 0; i < series.Count; i++)
        {
            ref readonly var one = ref series.Series[i];
            if (one.SeriesIndex != i)
            {
                Add(OffsetOf(one), $"series {i} has the number {one.SeriesIndex} in the rows");
            }

            (min, max) = (Math.Min(min, one.MinTime), Math.Max(max, one.MaxTime));
        }

        if (series.Count > 0 && (min < toc.MinTime || max > toc.MaxTime))
        {
            Add(file.Length - IndexToc.Bytes, $"series have times from {min} to {max} ns, outside of those of the table of contents");
        }
    }

    private async ValueTask CheckLabels(SymbolTable symbols, SeriesEntries series, CancellationToken cancellation)
    {
        var used = new SymbolSet(symbols.Count, file.Name);
        foreach (var label in series.AllLabels)
        {
            used.Add(label.Name);
            used.Add(label.Value);
        }

        var labels = await index.Labels(series, cancellation);
        for (var i = 0; i < labels.Length; i++)
        {
            var at = OffsetOf(series.Series[i]);
            if (labels[i].Fingerprint != series.Series[i].Fingerprint)
            {
                Add(at, "the fingerprint is not that of the labels");
            }

            if (i > 0 && LabelPairOrder.Compare(labels[i - 1], labels[i]) >= 0)
            {
                Add(at, "series are not in ascending order of labels");
            }
        }
    }

    private void CheckReferences(uint[] all, SeriesEntries series)
    {
        if (all.Length != series.Count)
        {
            Add(toc.Postings, $"the list of all series has {all.Length} of {series.Count}");
            return;
        }

        for (var i = 0; i < all.Length; i++)
        {
            if (all[i] != series.Series[i].Reference)
            {
                Add(toc.Postings, $"the list of all series names {all[i]} instead of {series.Series[i].Reference}");
            }
        }
    }

    // Each value's list against the labels of the series themselves.
    private async ValueTask CheckPostings(string name, SeriesEntries series, CancellationToken cancellation)
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

        var values = new List<string>();
        await index.LabelValues(name, value => values.Add(Encoding.UTF8.GetString(value)), cancellation);
        foreach (var value in values)
        {
            var matcher = new LabelMatcher(MatchOp.Equal, name, value);
            var listed = await index.Select([matcher], cancellation);
            if (!expected.Remove(value, out var list) || !list.SequenceEqual(listed))
            {
                Add(toc.Postings, $"the list of {matcher} is not that of the series that have it");
            }
        }

        if (expected.Count > 0)
        {
            Add(toc.PostingsTable, $"values of label '{name}' have no list of series");
        }
    }

    private async ValueTask CheckLabelIndices(CancellationToken cancellation)
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

    private async ValueTask CheckFingerprints(SeriesEntries series, CancellationToken cancellation)
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
