namespace Pyro.Blocks.Index;

/// <summary>Writes the sections of an index one after another.</summary>
internal sealed class IndexSections(IndexOutput output, SortedLabels labels, List<SeriesRow> series, List<int> seriesLabels)
{
    private const int Alignment = 4;
    private const int FingerprintSampling = 1024;

    private readonly uint[] _references = new uint[series.Count];
    private readonly long[] _lists = new long[labels.Pairs.Length];
    private readonly List<(uint Name, long Offset)> _labelIndices = [];
    private long _allSeries;

    /// <summary>Writes all of them.</summary>
    public async ValueTask Write(CancellationToken cancellation)
    {
        output.UInt32(IndexToc.Magic);
        output.Byte(IndexToc.Version);
        var toc = new IndexToc { Symbols = output.Position };
        WriteSymbols();
        toc = toc with { Series = output.Position };
        await WriteSeries(cancellation);
        toc = toc with { LabelIndices = output.Position };
        await WriteLabelIndices(cancellation);
        toc = toc with { Postings = output.Position };
        await WritePostings(cancellation);
        toc = toc with { LabelIndexTable = output.Position };
        WriteLabelIndexTable();
        toc = toc with { PostingsTable = output.Position };
        WritePostingsTable();
        toc = toc with { Fingerprints = output.Position };
        WriteFingerprints();
        var (min, max) = Times();
        WriteToc(toc with { MinTime = min, MaxTime = max });
    }

    private void WriteSymbols()
    {
        var begin = output.Begin();
        output.UInt32((uint)labels.Symbols.Length);
        foreach (var symbol in labels.Symbols)
        {
            output.Text(symbol);
        }

        output.End(begin);
    }

    private async ValueTask WriteSeries(CancellationToken cancellation)
    {
        var body = new EntryBody();
        var start = 0;
        for (var i = 0; i < series.Count; i++)
        {
            output.Align(SeriesEntry.Alignment);
            if (output.Position / SeriesEntry.Alignment > uint.MaxValue)
            {
                throw new InvalidOperationException("More series than references of an index can tell apart.");
            }

            _references[i] = (uint)(output.Position / SeriesEntry.Alignment);
            var row = series[i];
            body.Reset();
            body.UInt64(row.Fingerprint);
            body.Uvarint((ulong)(row.LabelsEnd - start));
            for (; start < row.LabelsEnd; start++)
            {
                var label = labels.Pairs[seriesLabels[start]];
                body.Uvarint(label.Name);
                body.Uvarint(label.Value);
            }

            body.Uvarint(1);
            body.Varint(row.MinTime);
            body.Uvarint((ulong)(row.MaxTime - row.MinTime));
            body.Uvarint(0);
            body.Uvarint((ulong)i);
            body.UInt32(0);
            output.Uvarint((ulong)body.Bytes.Length);
            output.Append(body.Bytes);
            output.UInt32(Crc32C.Of(body.Bytes));
            await FlushWhenFull(cancellation);
        }
    }

    private async ValueTask WriteLabelIndices(CancellationToken cancellation)
    {
        for (var i = 0; i < labels.ByName.Length;)
        {
            var name = labels.Pairs[labels.ByName[i]].Name;
            var end = i + 1;
            while (end < labels.ByName.Length && labels.Pairs[labels.ByName[end]].Name == name)
            {
                end++;
            }

            output.Align(Alignment);
            _labelIndices.Add((name, output.Position));
            var begin = output.Begin();
            output.UInt32(1);
            output.UInt32((uint)(end - i));
            for (; i < end; i++)
            {
                output.UInt32(labels.Pairs[labels.ByName[i]].Value);
            }

            output.End(begin);
            await FlushWhenFull(cancellation);
        }
    }

    private async ValueTask WritePostings(CancellationToken cancellation)
    {
        output.Align(Alignment);
        _allSeries = output.Position;
        WriteList(_references);
        await FlushWhenFull(cancellation);
        var (ends, references) = SeriesByLabel();
        foreach (var label in labels.ByName)
        {
            output.Align(Alignment);
            _lists[label] = output.Position;
            WriteList(references.AsSpan(ends[label] - labels.Uses[label], labels.Uses[label]));
            await FlushWhenFull(cancellation);
        }
    }

    // The series of each label, ascending, label after label: where those of a label end, and all.
    private (int[] Ends, uint[] References) SeriesByLabel()
    {
        var ends = new int[labels.Pairs.Length];
        var sum = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            ends[i] = sum;
            sum += labels.Uses[i];
        }

        var references = new uint[sum];
        var start = 0;
        for (var i = 0; i < series.Count; i++)
        {
            for (; start < series[i].LabelsEnd; start++)
            {
                references[ends[seriesLabels[start]]++] = _references[i];
            }
        }

        return (ends, references);
    }

    private void WriteList(ReadOnlySpan<uint> references)
    {
        var begin = output.Begin();
        output.UInt32((uint)references.Length);
        foreach (var reference in references)
        {
            output.UInt32(reference);
        }

        output.End(begin);
    }

    private void WriteLabelIndexTable()
    {
        var begin = output.Begin();
        output.UInt32((uint)_labelIndices.Count);
        foreach (var (name, offset) in _labelIndices)
        {
            output.Uvarint(1);
            output.Text(labels.Symbols[name]);
            output.Uvarint((ulong)offset);
        }

        output.End(begin);
    }

    private void WritePostingsTable()
    {
        var begin = output.Begin();
        output.UInt32((uint)labels.ByName.Length + 1);
        WritePostingsEntry("", "", _allSeries);
        foreach (var label in labels.ByName)
        {
            var (name, value) = labels.Pairs[label];
            WritePostingsEntry(labels.Symbols[name], labels.Symbols[value], _lists[label]);
        }

        output.End(begin);
    }

    private void WritePostingsEntry(string name, string value, long offset)
    {
        output.Uvarint(2);
        output.Text(name);
        output.Text(value);
        output.Uvarint((ulong)offset);
    }

    private void WriteFingerprints()
    {
        var begin = output.Begin();
        output.UInt32((uint)((series.Count + FingerprintSampling - 1) / FingerprintSampling));
        for (var i = 0; i < series.Count; i += FingerprintSampling)
        {
            output.UInt64(_references[i]);
            output.UInt64(series[i].Fingerprint);
        }

        output.End(begin);
    }

    private (long Min, long Max) Times()
    {
        var (min, max) = (long.MaxValue, long.MinValue);
        foreach (var row in series)
        {
            min = Math.Min(min, row.MinTime);
            max = Math.Max(max, row.MaxTime);
        }

        return (min, max);
    }

    private void WriteToc(IndexToc toc)
    {
        Span<byte> bytes = stackalloc byte[IndexToc.Bytes];
        toc.Write(bytes);
        output.Append(bytes);
    }

    private ValueTask FlushWhenFull(CancellationToken cancellation) => output.IsFull ? output.Flush(cancellation) : ValueTask.CompletedTask;
}
