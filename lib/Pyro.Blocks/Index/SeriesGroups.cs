using System.IO.Hashing;
using System.Runtime.InteropServices;
using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Index;

/// <summary>Series by the labels that they share.</summary>
/// <param name="Labels">The labels of each group in stored order, groups in the order in which they were met.</param>
/// <param name="GroupOf">The group of each series.</param>
public readonly record struct SeriesGroups(LabelSet[] Labels, int[] GroupOf);

/// <summary>Finds equal runs of labels by their symbols, so that text is made once for a group only.</summary>
internal sealed class SymbolRuns
{
    private readonly List<int> _ends = [];
    private SymbolPair[] _pairs = new SymbolPair[64];
    private int _pairCount;
    private int[] _slots = new int[64];

    /// <summary>How many different runs were met.</summary>
    public int Count => _ends.Count;

    /// <summary>The labels of all runs, run after run.</summary>
    public ReadOnlySpan<SymbolPair> All => _pairs.AsSpan(0, _pairCount);

    /// <summary>The labels of a run.</summary>
    public ReadOnlySpan<SymbolPair> this[int run] => _pairs.AsSpan(Start(run), _ends[run] - Start(run));

    /// <summary>The number of a run, which is kept when it is new.</summary>
    public int Intern(ReadOnlySpan<SymbolPair> labels)
    {
        var mask = _slots.Length - 1;
        for (var slot = Hash(labels) & mask; ; slot = (slot + 1) & mask)
        {
            var run = _slots[slot] - 1;
            if (run < 0)
            {
                _slots[slot] = Count + 1;
                Add(labels);
                return Count - 1;
            }

            if (this[run].SequenceEqual(labels))
            {
                return run;
            }
        }
    }

    private int Start(int run) => run == 0 ? 0 : _ends[run - 1];

    private static int Hash(ReadOnlySpan<SymbolPair> labels) => (int)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(labels)) & int.MaxValue;

    private void Add(ReadOnlySpan<SymbolPair> labels)
    {
        if (_pairCount + labels.Length > _pairs.Length)
        {
            Array.Resize(ref _pairs, Math.Max(2 * _pairs.Length, _pairCount + labels.Length));
        }

        labels.CopyTo(_pairs.AsSpan(_pairCount));
        _pairCount += labels.Length;
        _ends.Add(_pairCount);
        if (2 * Count > _slots.Length)
        {
            Grow();
        }
    }

    private void Grow()
    {
        _slots = new int[2 * _slots.Length];
        var mask = _slots.Length - 1;
        for (var run = 0; run < Count; run++)
        {
            var slot = Hash(this[run]) & mask;
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            _slots[slot] = run + 1;
        }
    }
}
