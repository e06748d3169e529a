using Pyro.Disk;
using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Index;

/// <summary>
/// Writes an index as Pyroscope does, to the byte. Series come in the order of their labels (<see cref="LabelPairOrder"/>); their number in
/// profiles.parquet is the order in which they come. Since symbols stand first in the file, series are kept until all are known, as numbers.
/// </summary>
public sealed class TsdbIndexWriter
{
    private readonly Interned<string> _symbols = new();
    private readonly Interned<(int Name, int Value)> _labels = new();
    private readonly List<int> _labelUses = [];
    private readonly List<SeriesRow> _series = [];
    private readonly List<int> _seriesLabels = [];
    private LabelSet _last = LabelSet.Empty;

    /// <summary>Series taken so far.</summary>
    public int Count => _series.Count;

    /// <summary>Takes the next series.</summary>
    /// <param name="labels">Its labels in stored order.</param>
    /// <param name="fingerprint">Hash of the labels.</param>
    /// <param name="minTime">Time of its first profile in ns.</param>
    /// <param name="maxTime">Time of its last profile in ns.</param>
    /// <exception cref="ArgumentException">It does not come behind the series before it, or ends before it begins.</exception>
    public void Add(LabelSet labels, ulong fingerprint, long minTime, long maxTime)
    {
        if (_series.Count > 0 && LabelPairOrder.Compare(_last, labels) >= 0)
        {
            throw new ArgumentException($"series {labels} may not follow {_last}", nameof(labels));
        }

        if (labels.Count == 0 || maxTime < minTime)
        {
            throw new ArgumentException($"series {labels} from {minTime} to {maxTime} has no labels or no time", nameof(labels));
        }

        foreach (ref readonly var label in labels.Labels)
        {
            var id = _labels.Add((_symbols.Add(label.Name), _symbols.Add(label.Value)));
            if (id == _labelUses.Count)
            {
                _labelUses.Add(0);
            }

            _labelUses[id]++;
            _seriesLabels.Add(id);
        }

        _series.Add(new SeriesRow(fingerprint, minTime, maxTime, _seriesLabels.Count));
        _last = labels;
    }

    /// <summary>Writes the file, which must not be there, and syncs it; its name survives a crash when its folder is synced.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="InvalidOperationException">There are no series, or more than the format can tell apart.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public async ValueTask<long> Write(IDisk disk, string path, CancellationToken cancellation)
    {
        if (_series.Count == 0)
        {
            throw new InvalidOperationException("An index without series is never written.");
        }

        using var file = disk.Create(path);
        var output = new IndexOutput(file);
        var sections = new IndexSections(output, new SortedLabels(_symbols.Items, _labels.Items, _labelUses), _series, _seriesLabels);
        await sections.Write(cancellation);
        await output.Flush(cancellation);
        await file.Sync(cancellation);
        return output.Position;
    }

    // Numbers things in the order in which they are first met.
    private sealed class Interned<T> where T : notnull
    {
        private readonly Dictionary<T, int> _ids = [];

        public List<T> Items { get; } = [];

        public int Add(T item)
        {
            if (!_ids.TryGetValue(item, out var id))
            {
                _ids.Add(item, id = Items.Count);
                Items.Add(item);
            }

            return id;
        }
    }
}

/// <summary>A series to be written; its labels end at a place of a list of all.</summary>
internal readonly record struct SeriesRow(ulong Fingerprint, long MinTime, long MaxTime, int LabelsEnd);

/// <summary>Symbols and labels in the order of the file. Labels keep the numbers that they were given; their parts get new ones.</summary>
internal sealed class SortedLabels
{
    /// <summary>Sorts what was interned.</summary>
    public SortedLabels(List<string> symbols, List<(int Name, int Value)> labels, List<int> uses)
    {
        Symbols = [.. symbols];
        var old = new int[Symbols.Length];
        for (var i = 0; i < old.Length; i++)
        {
            old[i] = i;
        }

        Array.Sort(Symbols, old, Utf8Order.Comparer);
        var place = new int[old.Length];
        for (var i = 0; i < old.Length; i++)
        {
            place[old[i]] = i;
        }

        Pairs = new SymbolPair[labels.Count];
        ByName = new int[labels.Count];
        var keys = new ulong[labels.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            Pairs[i] = new SymbolPair((uint)place[labels[i].Name], (uint)place[labels[i].Value]);
            keys[i] = ((ulong)Pairs[i].Name << 32) | Pairs[i].Value;
            ByName[i] = i;
        }

        Array.Sort(keys, ByName);
        Uses = [.. uses];
    }

    /// <summary>All names and values in byte order.</summary>
    public string[] Symbols { get; }

    /// <summary>Name and value of each label.</summary>
    public SymbolPair[] Pairs { get; }

    /// <summary>The labels, ascending by name and value.</summary>
    public int[] ByName { get; }

    /// <summary>How many series have each label.</summary>
    public int[] Uses { get; }
}
