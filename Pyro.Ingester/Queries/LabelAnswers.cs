using Google.Protobuf.Collections;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Profiles;
using Pyro.Profiles.Labels;
using Kind = Pyro.Api.Peers.LabelsRequest.Types.Kind;

namespace Pyro.Ingester.Queries;

/// <summary>Answers label calls: names, values, series and profile types of the series that have a selected row.</summary>
public static class LabelAnswers
{
    /// <summary>The answer to a request.</summary>
    public static LabelsResponse Of(IReadOnlyList<TenantHead> heads, LabelsRequest request, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        var union = new LabelUnion(request.Kind);
        foreach (var head in heads)
        {
            cancellation.ThrowIfCancellationRequested();
            var pieces = new LabelPieces(request.Kind);
            Write(head.View(), selection, request, pieces);
            union.Add(pieces.Close());
        }

        return new LabelsResponse { Pieces = { union.Close() } };
    }

    private static void Write(in HeadView view, CompiledSelection selection, LabelsRequest request, LabelPieces into)
    {
        var selected = new SelectedSeries(selection, view);
        switch (request.Kind)
        {
            case Kind.Names:
                Names(view.Index, selected, into);
                break;
            case Kind.Values:
                Values(view.Index, selected, request.Name, into);
                break;
            case Kind.ProfileTypes:
                Values(view.Index, selected, LabelNames.ProfileType, into);
                break;
            case Kind.Series:
                Series(view.Index, selected, request.By, into);
                break;
            default:
                throw CompiledSelection.Bad($"unknown kind {(int)request.Kind}");
        }
    }

    private static void Names(in IndexView index, in SelectedSeries selected, LabelPieces into)
    {
        var found = new bool[index.Names.Length];
        if (selected.IsAll)
        {
            found.AsSpan().Fill(true);
        }
        else
        {
            foreach (var series in index.Series)
            {
                if (selected.SelectsRowOf(series))
                {
                    for (var i = 0; i < series.LabelIds.Length; i += 2)
                    {
                        found[series.LabelIds[i]] = true;
                    }
                }
            }
        }

        foreach (var id in NamesInOrder(index))
        {
            if (found[id])
            {
                into.Add(index.Names[id].Name);
            }
        }
    }

    private static void Values(in IndexView index, in SelectedSeries selected, string name, LabelPieces into)
    {
        var id = index.NameId(name);
        if (id < 0)
        {
            return;
        }

        var label = index.Names[id];
        var order = label.InOrder().Span;
        using var found = new Rented<bool>(order.Length, zeros: true);
        if (selected.IsAll)
        {
            found.Span.Fill(true);
        }
        else
        {
            foreach (var series in index.Series)
            {
                if (series.ValueId(id) is >= 0 and var value && selected.SelectsRowOf(series))
                {
                    found.Span[value] = true;
                }
            }
        }

        foreach (var value in order)
        {
            if (found.Span[value])
            {
                into.Add(label.ValueOf(value));
            }
        }
    }

    private static void Series(in IndexView index, in SelectedSeries selected, RepeatedField<string> by, LabelPieces into)
    {
        var columnOf = new int[index.Names.Length];
        columnOf.AsSpan().Fill(LabelRows.Absent);
        var columns = new List<Column>();
        foreach (var id in NamesInOrder(index))
        {
            if (by.Count == 0 || by.Contains(index.Names[id].Name))
            {
                columnOf[id] = columns.Count;
                columns.Add(new Column(index.Names[id]));
            }
        }

        using var rows = new LabelRows(columns.Count, index.Series.Length);
        foreach (var series in index.Series)
        {
            if (selected.SelectsRowOf(series))
            {
                var row = rows.Add();
                for (var i = 0; i < series.LabelIds.Length; i += 2)
                {
                    if (columnOf[series.LabelIds[i]] is >= 0 and var column)
                    {
                        row[column] = columns[column].RankOf(series.LabelIds[i + 1]);
                    }
                }
            }
        }

        Write(rows, columns, into);
        columns.ForEach(static column => column.Dispose());
    }

    private static void Write(LabelRows rows, List<Column> columns, LabelPieces into)
    {
        foreach (var set in rows.Sorted())
        {
            var row = rows[set];
            for (var column = 0; column < row.Length; column++)
            {
                if (row[column] != LabelRows.Absent)
                {
                    into.Label(columns[column].Name, columns[column].ValueOf(row[column]));
                }
            }

            into.EndSet();
        }
    }

    private static int[] NamesInOrder(in IndexView index)
    {
        var ids = new int[index.Names.Length];
        var names = new string[ids.Length];
        for (var id = 0; id < ids.Length; id++)
        {
            (ids[id], names[id]) = (id, index.Names[id].Name);
        }

        names.AsSpan().Sort(ids.AsSpan(), Utf8Order.Comparer);
        return ids;
    }

    // A label name, and the ranks of its values in byte order.
    private sealed class Column : IDisposable
    {
        private readonly LabelPostings _label;
        private readonly ReadOnlyMemory<int> _order;
        private readonly Rented<int> _ranks;

        public Column(LabelPostings label)
        {
            (_label, _order) = (label, label.InOrder());
            _ranks = new Rented<int>(_order.Length);
            for (var rank = 0; rank < _order.Length; rank++)
            {
                _ranks.Span[_order.Span[rank]] = rank;
            }
        }

        public string Name => _label.Name;

        public int RankOf(int value) => _ranks.Span[value];

        public string ValueOf(int rank) => _label.ValueOf(_order.Span[rank]);

        public void Dispose() => _ranks.Dispose();
    }
}
