using Pyro.Api.Peers;
using Pyro.Api.Types;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Queries;

/// <summary>Sums the totals of rows over time: the point at t holds the rows in (t - step, t], the first all up to t.</summary>
public sealed class PointsSum
{
    private const int BlockRows = 4096;

    // 28 bytes a point at most, so that a message stays below 1 MiB.
    private const int PointsOfMessage = 32 * 1024;

    // Beyond any date, and far enough from overflow.
    private const long MaxMillis = 1L << 53;
    private readonly PointsForm _form;
    private readonly SumMemory _memory;
    private readonly long _steps;
    private readonly SortedDictionary<Labels, PointCells> _groups = new(LabelsOrder.Comparer);

    private PointsSum(PointsForm form, SumMemory memory)
    {
        if (form.Step < 1)
        {
            throw CompiledSelection.Bad("step must be non-zero");
        }

        if (form.Start is > MaxMillis or < -MaxMillis || form.End is > MaxMillis or < -MaxMillis || form.Step > MaxMillis)
        {
            throw CompiledSelection.Bad("start, end or step is out of range");
        }

        _form = form;
        _memory = memory;
        _steps = form.End < form.Start ? 0 : ((form.End - form.Start) / form.Step) + 1;
    }

    /// <summary>The points of some rows, by ascending labels, in pieces.</summary>
    public static List<PointsOfGroup> Of(IReadOnlyList<HeldRows> held, PointsForm form, SumMemory memory, CancellationToken cancellation)
    {
        var sum = new PointsSum(form, memory);
        foreach (var rows in held)
        {
            sum.Add(rows, cancellation);
        }

        return sum.Pieces();
    }

    private void Add(HeldRows held, CancellationToken cancellation)
    {
        var rows = held.View.Rows;
        var cells = CellsBySeries(held);
        var site = _form.CallSite.Count > 0 ? new bool[held.View.Partitions.Length][] : null;
        Span<int> block = stackalloc int[BlockRows];
        for (int n; (n = held.Next(block)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var row in block[..n])
            {
                var step = StepOf(TenantHead.Millis(rows.Times[row]));
                if (step >= 0 && step < _steps)
                {
                    // A row without any such stack is a row of value 0.
                    cells[rows.Series[row]]!.Add(step, site is null ? rows.Totals[row] : TotalUnder(held.View, row, site));
                }
            }
        }
    }

    private PointCells?[] CellsBySeries(HeldRows held)
    {
        var cells = new PointCells?[held.View.Index.Series.Length];
        var projection = new Projection(held.View.Index, _form.GroupBy);
        var byGroup = new List<PointCells>();
        foreach (var series in held.Series)
        {
            var group = projection.GroupOf(series);
            if (group == byGroup.Count)
            {
                var labels = projection.LabelsOf(group);
                if (!_groups.TryGetValue(labels, out var known))
                {
                    _groups.Add(labels, known = new PointCells(_steps, _memory));
                }

                byGroup.Add(known);
            }

            cells[series.Id] = byGroup[group];
        }

        return cells;
    }

    private long StepOf(long millis)
    {
        if (millis is > MaxMillis or < -MaxMillis)
        {
            return -1;
        }

        var after = millis - _form.Start;
        // The selection's range bounds what comes before the first point.
        return after > 0 ? (after + _form.Step - 1) / _form.Step : 0;
    }

    private long TotalUnder(in HeadView view, int row, bool[]?[] site)
    {
        var detail = view.Rows.Details[row];
        var under = site[detail.Partition] ??= CallSite.Under(view.Partitions[detail.Partition].Functions.View(), _form.CallSite);
        var stacks = view.Rows.Samples.Stacks(detail.Samples);
        long total = 0;
        for (var i = 0; i < stacks.Length; i++)
        {
            if (under[stacks[i]])
            {
                total += view.Rows.Samples.Value(detail.Samples, i);
            }
        }

        return total;
    }

    private List<PointsOfGroup> Pieces()
    {
        var pieces = new List<PointsOfGroup>();
        foreach (var (labels, cells) in _groups)
        {
            PointsOfGroup? piece = null;
            foreach (var (step, sum, count) in cells.NonEmpty())
            {
                if (piece is null || piece.Times.Count == PointsOfMessage)
                {
                    pieces.Add(piece = new PointsOfGroup { Labels = labels });
                }

                piece.Times.Add(_form.Start + (step * _form.Step));
                piece.Sums.Add(sum);
                piece.Counts.Add(count);
            }
        }

        return pieces;
    }
}
