using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Profiles;

namespace Pyro.Ingester.Queries;

/// <summary>The values of the rows of one head, summed by stack: a dense list for each partition that has any.</summary>
public sealed class StackSums
{
    private const int BlockRows = 4096;
    private readonly HeadView _view;
    private readonly SumMemory _memory;
    private readonly Rented<long>?[] _byPartition;

    private StackSums(in HeadView view, SumMemory memory)
    {
        _view = view;
        _memory = memory;
        _byPartition = new Rented<long>?[view.Partitions.Length];
    }

    /// <summary>Sums rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="spans">Only samples of these spans; null: all.</param>
    /// <param name="memory">Where the sums are counted.</param>
    /// <param name="cancellation">Looked at between blocks.</param>
    public static StackSums Of(HeldRows rows, HashSet<ulong>? spans, SumMemory memory, CancellationToken cancellation)
    {
        var sums = new StackSums(rows.View, memory);
        Span<int> block = stackalloc int[BlockRows];
        for (int n; (n = rows.Next(block)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var row in block[..n])
            {
                var detail = sums._view.Rows.Details[row];
                if (spans is null)
                {
                    sums.Add(detail);
                }
                else if (detail.Samples.Spans)
                {
                    sums.Add(detail, spans);
                }
            }
        }

        return sums;
    }

    /// <summary>The partitions that have values, with their sums by stack id, which lie in the memory given.</summary>
    public IEnumerable<(Partition Partition, Rented<long> Sums)> Partitions
    {
        get
        {
            for (var p = 0; p < _byPartition.Length; p++)
            {
                if (_byPartition[p] is { } sums)
                {
                    yield return (_view.Partitions[p], sums);
                }
            }
        }
    }

    private Span<long> SumsOf(int partition) =>
        (_byPartition[partition] ??= _memory.Zeros(_view.Partitions[partition].StackCount)).Span;

    private void Add(in RowDetail detail)
    {
        var sums = SumsOf(detail.Partition);
        var stacks = _view.Rows.Samples.Stacks(detail.Samples);
        if (detail.Samples.Wide)
        {
            var values = _view.Rows.Samples.WideValues(detail.Samples);
            for (var i = 0; i < stacks.Length && i < values.Length; i++)
            {
                sums[(int)stacks[i]] += values[i];
            }
        }
        else
        {
            var values = _view.Rows.Samples.NarrowValues(detail.Samples);
            for (var i = 0; i < stacks.Length && i < values.Length; i++)
            {
                sums[(int)stacks[i]] += values[i];
            }
        }
    }

    private void Add(in RowDetail detail, HashSet<ulong> spans)
    {
        var sums = SumsOf(detail.Partition);
        var samples = _view.Rows.Samples;
        var stacks = samples.Stacks(detail.Samples);
        var own = samples.Spans(detail.Samples);
        for (var i = 0; i < stacks.Length; i++)
        {
            if (own[i] != 0 && spans.Contains(own[i]))
            {
                sums[(int)stacks[i]] += samples.Value(detail.Samples, i);
            }
        }
    }
}
