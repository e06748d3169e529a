using System.Text;
using Google.Protobuf.Collections;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Memory;
using Pyro.Profiles;
using Pyro.Profiles.Labels;
using Kind = Pyro.Api.Peers.LabelsRequest.Types.Kind;

namespace Pyro.Ingester.Queries;

/// <summary>Answers label calls: names, values, series and profile types of the series that have a selected row.</summary>
public static class LabelAnswers
{
    // Series between two looks at whether the answer is still wanted.
    private const int Stride = 1 << 12;

    /// <summary>The answer to a request.</summary>
    /// <param name="heads">Where it is looked for.</param>
    /// <param name="request">The request.</param>
    /// <param name="ledger">Counts the memory.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RpcException">The request is refused. resource_exhausted: there is no memory for the answer.</exception>
    public static LabelsResponse Of(IReadOnlyList<TenantHead> heads, LabelsRequest request, MemoryLedger ledger, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        using var memory = new Reservation(ledger, MemoryKind.Accumulators);
        var union = new LabelUnion(request.Kind, memory);
        try
        {
            foreach (var head in heads)
            {
                using var work = new Reservation(ledger, MemoryKind.Accumulators);
                var pieces = new LabelPieces(request.Kind, work);
                Write(head.View(), selection, request, work, pieces, cancellation);
                union.Add(pieces.Close());
            }

            return new LabelsResponse { Pieces = { union.Close() } };
        }
        catch (MemoryBudgetException e)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, e.Message));
        }
    }

    private static void Write(
        in HeadView view, CompiledSelection selection, LabelsRequest request, Reservation memory, LabelPieces into, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
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
                Series(view.Index, selected, request.By, memory, into, cancellation);
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

    private static void Series(
        in IndexView index, in SelectedSeries selected, RepeatedField<string> by, Reservation memory, LabelPieces into, CancellationToken cancellation)
    {
        using var columns = new Columns(index, NamesInOrder(index), by.Count == 0 ? null : by.ToHashSet(StringComparer.Ordinal), memory);
        using var rows = new LabelRows(memory);
        for (var i = 0; i < index.Series.Length; i++)
        {
            if (i % Stride == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (selected.SelectsRowOf(index.Series[i]))
            {
                columns.Add(index.Series[i].LabelIds, rows);
            }
        }

        foreach (var set in rows.Sorted(cancellation))
        {
            foreach (var pair in rows[set])
            {
                var column = columns[LabelRows.Column(pair)];
                into.Label(column.Name, column.Values[LabelRows.Value(pair)]);
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

    /// <summary>The labels that an answer keeps, by ascending name.</summary>
    private sealed class Columns : IDisposable
    {
        private readonly List<Column> _columns = [];

        // By the id of a name; -1: it is not kept.
        private readonly int[] _columnOf;

        public Columns(in IndexView index, int[] namesInOrder, HashSet<string>? kept, Reservation memory)
        {
            _columnOf = new int[namesInOrder.Length];
            foreach (var id in namesInOrder)
            {
                var isKept = kept?.Contains(index.Names[id].Name) != false;
                _columnOf[id] = isKept ? _columns.Count : -1;
                if (isKept)
                {
                    _columns.Add(new Column(index.Names[id], memory));
                }
            }
        }

        public Column this[int column] => _columns[column];

        // A row of a series, whose names and values come in turn.
        public void Add(int[] labelIds, LabelRows rows)
        {
            for (var i = 0; i < labelIds.Length; i += 2)
            {
                if (_columnOf[labelIds[i]] is >= 0 and var column)
                {
                    rows.Add(column, _columns[column].RankOf(labelIds[i + 1]));
                }
            }

            rows.EndRow();
        }

        public void Dispose() => _columns.ForEach(static column => column.Dispose());
    }

    // A label: its name, its values, and the rank of each by its id.
    private sealed class Column : IDisposable
    {
        private readonly Rented<int> _ranks;

        public Column(LabelPostings label, Reservation memory)
        {
            (Name, Values) = (Encoding.UTF8.GetBytes(label.Name), label.InOrder());
            memory.Take(sizeof(int) * (long)Values.Count);
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
