using Pyro.Api.Peers;
using Pyro.Api.Types;

namespace Pyro.Blocks.Answers;

/// <summary>
/// Sums over time by group of labels, on the grid of a request: the point at t holds the rows in (t - step, t], the first all up to t that
/// the selection's range lets in.
/// </summary>
public sealed class PointGroups
{
    // 28 bytes a point at most, so that a message stays below 1 MiB.
    private const int PointsOfMessage = 32 * 1024;

    // Beyond any date, and far enough from overflow.
    private const long MaxMillis = 1L << 53;
    private readonly PointsForm _form;
    private readonly SumMemory _memory;
    private readonly long _steps;
    private readonly SortedDictionary<Labels, PointCells> _groups = new(LabelsOrder.Comparer);

    /// <summary>No points yet.</summary>
    /// <param name="form">The grid.</param>
    /// <param name="memory">Where the sums are counted.</param>
    /// <exception cref="Grpc.Core.RpcException">invalid_argument: there is no such grid.</exception>
    public PointGroups(PointsForm form, SumMemory memory)
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

    /// <summary>The cells of the group of some labels, sorted by name; made when new.</summary>
    public PointCells CellsOf(Labels labels)
    {
        if (!_groups.TryGetValue(labels, out var cells))
        {
            _groups.Add(labels, cells = new PointCells(_steps, _memory));
        }

        return cells;
    }

    /// <summary>The step that a row of a time in ms belongs to; below 0: beyond the grid.</summary>
    public long StepOf(long millis)
    {
        if (millis is > MaxMillis or < -MaxMillis)
        {
            return -1;
        }

        // The selection's range bounds what comes before the first point.
        var after = millis - _form.Start;
        var step = after > 0 ? (after + _form.Step - 1) / _form.Step : 0;
        return step < _steps ? step : -1;
    }

    /// <summary>The points by ascending labels, in pieces; groups without a row have none.</summary>
    public List<PointsOfGroup> Pieces()
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
