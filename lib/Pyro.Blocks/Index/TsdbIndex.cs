using System.Runtime.InteropServices;
using Pyro.Blocks.Files;
using Pyro.Blocks.Verifying;
using Pyro.Memory;
using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Index;

/// <summary>
/// The index of a block's series, `index.tsdb` (docs/formats): which labels there are and which series have them. Opening reads header
/// and table of contents only. What is asked for is read in ranges when it is asked for; of symbols and postings every 32nd place is kept
/// from first use on. Several may ask at the same time.
/// </summary>
public sealed class TsdbIndex : IDisposable
{
    private readonly IBlockFile _file;
    private readonly IndexToc _toc;
    private readonly MemoryLedger? _ledger;
    private readonly List<Reservation> _memory = [];
    private readonly SeriesReader _series;
    private readonly PostingsReader _postings;
    private readonly SemaphoreSlim _loading = new(1);
    private SymbolTable? _symbols;
    private PostingsTable? _table;

    private TsdbIndex(IBlockFile file, IndexToc toc, MemoryLedger? ledger)
    {
        _file = file;
        _toc = toc;
        _ledger = ledger;
        _series = new SeriesReader(file, toc);
        _postings = new PostingsReader(file, toc);
    }

    /// <summary>Time of the earliest profile in ns.</summary>
    public long MinTime => _toc.MinTime;

    /// <summary>Time of the latest profile in ns.</summary>
    public long MaxTime => _toc.MaxTime;

    /// <summary>Bytes of memory held from first use on, about.</summary>
    public long HeldBytes => (_symbols?.HeldBytes ?? 0) + (_table?.HeldBytes ?? 0);

    /// <summary>Opens an index and owns the file from then on; after a failure the file stays the caller's.</summary>
    /// <exception cref="DamagedBlockException">The file is no index, or is not whole.</exception>
    public static ValueTask<TsdbIndex> Open(IBlockFile file, CancellationToken cancellation) => Open(file, null, cancellation);

    /// <summary>The same; what is kept from first use on is counted in a ledger, as caches, until the index is closed.</summary>
    /// <exception cref="DamagedBlockException">The file is no index, or is not whole.</exception>
    public static async ValueTask<TsdbIndex> Open(IBlockFile file, MemoryLedger? ledger, CancellationToken cancellation) =>
        new(file, await IndexToc.Read(file, cancellation), ledger);

    /// <summary>The label names in byte order.</summary>
    public async ValueTask<string[]> LabelNames(CancellationToken cancellation) => [.. (await Table(cancellation)).Names];

    /// <summary>The label names of some series in byte order.</summary>
    public async ValueTask<string[]> LabelNames(SeriesEntries series, CancellationToken cancellation) =>
        (await Names(series, cancellation)).All;

    /// <summary>Tells the values of a label in byte order, as bytes; none when there is no such label.</summary>
    public async ValueTask LabelValues(string name, Action<ReadOnlySpan<byte>> tell, CancellationToken cancellation) =>
        await (await Table(cancellation)).Values(name, tell, cancellation);

    /// <summary>Tells the values that a label has in some series, in byte order, as bytes.</summary>
    public async ValueTask LabelValues(string name, SeriesEntries series, Action<ReadOnlySpan<byte>> tell, CancellationToken cancellation)
    {
        var symbols = await Symbols(cancellation);
        var names = await Names(series, cancellation);
        var values = symbols.NoSymbols();
        var wanted = new WantedNames(names, [name]);
        foreach (var label in series.AllLabels)
        {
            if (wanted.Has(label.Name))
            {
                values.Add(label.Value);
            }
        }

        await symbols.Read(values, tell, cancellation);
    }

    /// <summary>References of the series that satisfy all matchers, ascending; of all series when there are none.</summary>
    public async ValueTask<uint[]> Select(IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        await SeriesSelection.Select(await Table(cancellation), _postings, matchers, cancellation);

    /// <summary>Reads series by their references, best in ascending order.</summary>
    /// <exception cref="DamagedBlockException">No whole series lies at one of them.</exception>
    public ValueTask<SeriesEntries> Read(ReadOnlyMemory<uint> references, CancellationToken cancellation) => Read(references, null, cancellation);

    /// <summary>The same; what the series take is counted.</summary>
    /// <exception cref="MemoryBudgetException">There is no room for them.</exception>
    public ValueTask<SeriesEntries> Read(ReadOnlyMemory<uint> references, Reservation? memory, CancellationToken cancellation) =>
        _series.Read(references, memory, cancellation);

    /// <summary>Reads all series in their order, without the postings.</summary>
    public ValueTask<SeriesEntries> ReadAll(CancellationToken cancellation) => ReadAll(null, cancellation);

    /// <summary>The same; what the series take is counted.</summary>
    /// <exception cref="MemoryBudgetException">There is no room for them.</exception>
    public ValueTask<SeriesEntries> ReadAll(Reservation? memory, CancellationToken cancellation) => _series.Scan(null, memory, cancellation);

    /// <summary>Reads the series that have one of some fingerprints, by walking over all.</summary>
    public ValueTask<SeriesEntries> ReadByFingerprint(IReadOnlySet<ulong> fingerprints, CancellationToken cancellation) =>
        _series.Scan(fingerprints, null, cancellation);

    /// <summary>The labels of series in their order. Equal texts are one string, equal label sets one object.</summary>
    public async ValueTask<LabelSet[]> Labels(SeriesEntries series, CancellationToken cancellation)
    {
        var groups = await GroupBy(series, null, cancellation);
        return Array.ConvertAll(groups.GroupOf, group => groups.Labels[group]);
    }

    /// <summary>Groups series by some of their labels, or all when null. Text is made once for a group.</summary>
    public async ValueTask<SeriesGroups> GroupBy(SeriesEntries series, IReadOnlyCollection<string>? names, CancellationToken cancellation)
    {
        var wanted = names is null ? null : new WantedNames(await Names(series, cancellation), names);
        var runs = new SymbolRuns();
        var groupOf = new int[series.Count];
        var kept = new List<SymbolPair>();
        for (var i = 0; i < groupOf.Length; i++)
        {
            var labels = series.Labels(i);
            if (wanted is not null)
            {
                kept.Clear();
                foreach (var label in labels)
                {
                    if (wanted.Has(label.Name))
                    {
                        kept.Add(label);
                    }
                }

                labels = CollectionsMarshal.AsSpan(kept);
            }

            groupOf[i] = runs.Intern(labels);
        }

        return new SeriesGroups(await Texts(runs, cancellation), groupOf);
    }

    /// <summary>Reads every byte that has a checksum and compares what is told twice.</summary>
    /// <returns>How many series there are.</returns>
    /// <exception cref="DamagedBlockException">Something is wrong.</exception>
    public async ValueTask<int> Verify(CancellationToken cancellation)
    {
        var faults = new FaultList(most: 1);
        var series = await Verify(faults, cancellation);
        return faults.Count == 0 && series is not null
            ? series.Count
            : throw new DamagedBlockException(faults.Kept[0].File, faults.Kept[0].Offset, faults.Kept[0].Fault);
    }

    /// <summary>The same, going on after a fault as far as something is left to be read.</summary>
    /// <returns>All series in their order; null when not all could be read.</returns>
    internal async ValueTask<SeriesEntries?> Verify(FaultList faults, CancellationToken cancellation)
    {
        var symbols = await faults.Try(() => Symbols(cancellation));
        var table = await faults.Try(() => Table(cancellation));
        return await new IndexCheck(this, _file, _toc, faults).Run(symbols, table, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _loading.Dispose();
        _memory.ForEach(static part => part.Dispose());
        _memory.Clear();
    }

    private async ValueTask<LabelSet[]> Texts(SymbolRuns runs, CancellationToken cancellation)
    {
        var symbols = await Symbols(cancellation);
        var used = symbols.NoSymbols();
        foreach (var label in runs.All)
        {
            used.Add(label.Name);
            used.Add(label.Value);
        }

        var texts = await symbols.Read(used, cancellation);
        var sets = new LabelSet[runs.Count];
        for (var run = 0; run < sets.Length; run++)
        {
            var labels = runs[run];
            var set = new Label[labels.Length];
            for (var i = 0; i < set.Length; i++)
            {
                set[i] = new Label(texts[labels[i].Name], texts[labels[i].Value]);
            }

            sets[run] = LabelSet.FromStoredOrder(set);
        }

        return sets;
    }

    /// <summary>The label names of some series.</summary>
    internal async ValueTask<SymbolTexts> Names(SeriesEntries series, CancellationToken cancellation)
    {
        var symbols = await Symbols(cancellation);
        var names = symbols.NoSymbols();
        foreach (var label in series.AllLabels)
        {
            names.Add(label.Name);
        }

        return await symbols.Read(names, cancellation);
    }

    /// <summary>All names and values.</summary>
    internal async ValueTask<SymbolTable> Symbols(CancellationToken cancellation)
    {
        if (_symbols is { } held)
        {
            return held;
        }

        await _loading.WaitAsync(cancellation);
        try
        {
            return _symbols ??= await Kept(memory => SymbolTable.Load(_file, _toc, memory, cancellation));
        }
        finally
        {
            _loading.Release();
        }
    }

    private async ValueTask<PostingsTable> Table(CancellationToken cancellation)
    {
        if (_table is { } held)
        {
            return held;
        }

        await _loading.WaitAsync(cancellation);
        try
        {
            return _table ??= await Kept(memory => PostingsTable.Load(_file, _toc, memory, cancellation));
        }
        finally
        {
            _loading.Release();
        }
    }

    // What is loaded for good, and counted as long; nothing when it cannot be loaded.
    private async ValueTask<T> Kept<T>(Func<Reservation?, ValueTask<T>> load)
    {
        if (_ledger is null)
        {
            return await load(null);
        }

        var memory = new Reservation(_ledger, MemoryKind.Caches);
        try
        {
            var part = await load(memory);
            _memory.Add(memory);
            return part;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    // Which of some names are wanted.
    private sealed class WantedNames(SymbolTexts names, IReadOnlyCollection<string> wanted)
    {
        private readonly bool[] _wanted = Array.ConvertAll(names.All, wanted.Contains);

        public bool Has(uint name) => _wanted[names.Place(name)];
    }
}
