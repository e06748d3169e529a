using Pyro.Api.Peers;
using Pyro.Api.Types;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Profiles.Labels;

namespace Pyro.Ingester.Queries;

/// <summary>Answers label calls: names, values, series and profile types of the series that have a selected row.</summary>
public static class LabelAnswers
{
    /// <summary>The answer to a request.</summary>
    public static LabelsResponse Of(IReadOnlyList<TenantHead> heads, LabelsRequest request, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        var response = new LabelsResponse();
        switch (request.Kind)
        {
            case LabelsRequest.Types.Kind.Names:
                response.Texts.AddRange(Sorted(heads, view => Names(view, selection), cancellation));
                return response;
            case LabelsRequest.Types.Kind.Values:
                response.Texts.AddRange(Sorted(heads, view => Values(view, selection, request.Name), cancellation));
                return response;
            case LabelsRequest.Types.Kind.ProfileTypes:
                response.Texts.AddRange(Sorted(heads, view => Values(view, selection, LabelNames.ProfileType), cancellation));
                return response;
            case LabelsRequest.Types.Kind.Series:
                response.Series.AddRange(Series(heads, selection, request.By.Count == 0 ? null : request.By, cancellation));
                return response;
            default:
                throw CompiledSelection.Bad($"unknown kind {(int)request.Kind}");
        }
    }

    private static IEnumerable<string> Sorted(
        IReadOnlyList<TenantHead> heads, Func<HeadView, IEnumerable<string>> texts, CancellationToken cancellation)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        foreach (var head in heads)
        {
            cancellation.ThrowIfCancellationRequested();
            all.UnionWith(texts(head.View()));
        }

        return all.Order(Utf8Order.Comparer);
    }

    private static List<string> Names(HeadView view, CompiledSelection selection)
    {
        var found = new bool[view.Index.Names.Length];
        if (selection.SelectsAll)
        {
            found.AsSpan().Fill(true);
        }
        else
        {
            foreach (var series in selection.SeriesWithRows(view))
            {
                for (var i = 0; i < series.LabelIds.Length; i += 2)
                {
                    found[series.LabelIds[i]] = true;
                }
            }
        }

        var names = new List<string>();
        for (var id = 0; id < found.Length; id++)
        {
            if (found[id])
            {
                names.Add(view.Index.Names[id].Name);
            }
        }

        return names;
    }

    private static List<string> Values(HeadView view, CompiledSelection selection, string name)
    {
        var id = view.Index.NameId(name);
        if (id < 0)
        {
            return [];
        }

        var postings = view.Index.Names[id];
        var values = postings.Values;
        if (selection.SelectsAll)
        {
            return [.. values];
        }

        var found = new bool[values.Length];
        foreach (var series in selection.SeriesWithRows(view))
        {
            var at = series.ValueId(id);
            if (at >= 0 && at < found.Length)
            {
                found[at] = true;
            }
        }

        var texts = new List<string>();
        for (var v = 0; v < found.Length; v++)
        {
            if (found[v])
            {
                texts.Add(values[v]);
            }
        }

        return texts;
    }

    private static IEnumerable<Labels> Series(
        IReadOnlyList<TenantHead> heads, CompiledSelection selection, IReadOnlyList<string>? by, CancellationToken cancellation)
    {
        var byHead = new List<List<Labels>>();
        foreach (var head in heads)
        {
            cancellation.ThrowIfCancellationRequested();
            var view = head.View();
            var projection = new Projection(view.Index, by);
            foreach (var series in selection.SeriesWithRows(view))
            {
                projection.GroupOf(series);
            }

            byHead.Add([.. projection.InOrder().Select(projection.LabelsOf)]);
        }

        return byHead.Count == 1 ? byHead[0] : byHead.SelectMany(static s => s).Distinct().Order(LabelsOrder.Comparer);
    }
}
