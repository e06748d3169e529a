using System.Text;
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
        var values = label.InOrder();
        using var found = new Rented<bool>(values.Count, zeros: true);
        if (selected.IsAll)
        {
            // Not those that came since.
            found.Span[..label.CountBelow(index.Series.Length)].Fill(true);
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

        for (var rank = 0; rank < values.Count; rank++)
        {
            if (found.Span[values.Ids[rank]])
            {
                into.Add(values[rank]);
            }
        }
    }

    private static void Series(in IndexView index, in SelectedSeries selected, RepeatedField<string> by, LabelPieces into)
    {
        var columnOf = new int[index.Names.Length];
        columnOf.AsSpan().Fill(LabelRows.Absent);
        var kept = new List<Column>();
        foreach (var id in NamesInOrder(index))
        {
            if (by.Count == 0 || by.Contains(index.Names[id].Name))
            {
                columnOf[id] = kept.Count;
                kept.Add(new Column(index.Names[id]));
            }
        }

        Column[] columns = [.. kept];
        using var rows = new LabelRows(columns.Length, index.Series.Length);
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
        Array.ForEach(columns, static column => column.Dispose());
    }

    private static void Write(LabelRows rows, Column[] columns, LabelPieces into)
    {
        foreach (var set in rows.Sorted())
        {
            var row = rows[set];
            for (var column = 0; column < row.Length; column++)
            {
                if (row[column] != LabelRows.Absent)
                {
                    into.Label(columns[column].Name, columns[column].Values[row[column]]);
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

    // A label: its name, its values, and the rank of each by its id.
    private sealed class Column : IDisposable
    {
        private readonly Rented<int> _ranks;

        public Column(LabelPostings label)
        {
            (Name, Values) = (Encoding.UTF8.GetBytes(label.Name), label.InOrder());
            _ranks = new Rented<int>(Values.Count);
            var ranks = _ranks.Span;
            for (var rank = 0; rank < ranks.Length; rank++)
            {
                ranks[Values.Ids[rank]] = rank;
            }
        }

        public byte[] Name { get; }

        public OrderedValues Values { get; }

        public int RankOf(int value) => _ranks.Span[value];

        public void Dispose() => _ranks.Dispose();
    }
}
