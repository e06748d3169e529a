using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Queries;

/// <summary>Sums the totals of rows of heads over time.</summary>
public static class PointsSum
{
    private const int BlockRows = 4096;

    /// <summary>The points of some rows, by ascending labels, in pieces.</summary>
    public static List<PointsOfGroup> Of(IReadOnlyList<HeldRows> held, PointsForm form, SumMemory memory, CancellationToken cancellation)
    {
        var groups = new PointGroups(form, memory);
        foreach (var rows in held)
        {
            Add(rows, form, groups, cancellation);
        }

        return groups.Pieces();
    }

    private static void Add(HeldRows held, PointsForm form, PointGroups groups, CancellationToken cancellation)
    {
        var rows = held.View.Rows;
        var cells = CellsBySeries(held, form, groups);
        var site = form.CallSite.Count > 0 ? new bool[held.View.Partitions.Length][] : null;
        Span<int> block = stackalloc int[BlockRows];
        for (int n; (n = held.Next(block)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var row in block[..n])
            {
                var step = groups.StepOf(TenantHead.Millis(rows.Times[row]));
                if (step >= 0)
                {
                    // A row without any such stack is a row of value 0.
                    cells[rows.Series[row]]!.Add(step, site is null ? rows.Totals[row] : TotalUnder(held.View, row, form.CallSite, site));
                }
            }
        }
    }

    private static PointCells?[] CellsBySeries(HeldRows held, PointsForm form, PointGroups groups)
    {
        var cells = new PointCells?[held.View.Index.Series.Length];
        var projection = new Projection(held.View.Index, form.GroupBy);
        var byGroup = new List<PointCells>();
        foreach (var series in held.Series)
        {
            var group = projection.GroupOf(series);
            if (group == byGroup.Count)
            {
                byGroup.Add(groups.CellsOf(projection.LabelsOf(group)));
            }

            cells[series.Id] = byGroup[group];
        }

        return cells;
    }

    private static long TotalUnder(in HeadView view, int row, IReadOnlyList<string> path, bool[]?[] site)
    {
        var detail = view.Rows.Details[row];
        var under = site[detail.Partition] ??= CallSite.Under(view.Partitions[detail.Partition].Functions.View(), path);
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
}
