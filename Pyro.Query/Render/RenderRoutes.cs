using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Pyro.Api.Querier;
using Pyro.Api.Types;
using Pyro.Connect.Protocol;
using Pyro.Query.Frontend;
using Pyro.Query.Querier;
using Pyro.ServiceDefaults.Front;

namespace Pyro.Query.Render;

/// <summary>The plain HTTP routes of queries: <c>/pyroscope/render</c>, <c>/pyroscope/render-diff</c> and <c>/pyroscope/label-values</c>.</summary>
public sealed class RenderRoutes(TreeQueries trees, PprofQueries pprofs, DiffQueries diffs, PointQueries points, LabelQueries labels, PartialAnswers partial, TimeProvider time)
{
    /// <summary>Maps the routes.</summary>
    public void Map(WebApplication app)
    {
        Map(app, "/pyroscope/render", Render);
        Map(app, "/pyroscope/render-diff", RenderDiff);
        Map(app, "/pyroscope/label-values", LabelValues);
    }

    private void Map(WebApplication app, string path, Func<HttpContext, QueryCall, CancellationToken, Task> answer) =>
        app.MapGet(path, context => Answer(context, answer)).WithMetadata(new TenantRequired(), new PlainRoute());

    private async Task Render(HttpContext context, QueryCall call, CancellationToken cancel)
    {
        var asked = context.Request.Query;
        var query = RenderQuery.Parse(asked, "", time.GetUtcNow());
        if (RenderQuery.First(asked, "format") == "dot")
        {
            await RenderDot(context, call, query, cancel);
            return;
        }

        var step = Timeline.StepFor(query.From / 1000, query.Until / 1000);
        var graph = trees.Stacktraces(call, Graph(query), cancel);
        var series = points.Series(call, Series(query, asked, step), cancel);
        await Task.WhenAll(graph, series);

        var (laidOut, answer) = ((await graph).Flamegraph, (await series).Series);
        Timeline Of(IEnumerable<Point> line) => Timeline.From(line, query.From, query.Until, step);
        await Write(context, json => Flamebearer.WriteSingle(
            json, laidOut, query.Type, Of(answer.Count == 1 ? answer[0].Points : []), Groups(asked, answer, Of)));
    }

    // Graphs are not drawn; that there is nothing to draw can be said.
    private async Task RenderDot(HttpContext context, QueryCall call, RenderQuery query, CancellationToken cancel)
    {
        var request = new SelectMergeProfileRequest
        {
            ProfileTypeID = query.Type.Id,
            LabelSelector = query.Selector,
            Start = query.From,
            End = query.Until,
        };
        if ((await pprofs.Profile(call, request, cancel)).Sample.Count > 0) throw Refusals.Unimplemented("dot is not answered");
        context.Response.ContentType = "text/plain";
    }

    private async Task RenderDiff(HttpContext context, QueryCall call, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var (left, right) = (RenderQuery.Parse(context.Request.Query, "left", now), RenderQuery.Parse(context.Request.Query, "right", now));
        if (left.Type.Id != right.Type.Id) throw Refusals.Invalid("profile types must match");
        var graph = (await diffs.Diff(call, new DiffRequest { Left = Graph(left), Right = Graph(right) }, cancel)).Flamegraph;
        await Write(context, json => Flamebearer.WriteDouble(json, graph, left.Type));
    }

    private static SelectMergeStacktracesRequest Graph(RenderQuery query)
    {
        var request = new SelectMergeStacktracesRequest
        {
            ProfileTypeID = query.Type.Id,
            LabelSelector = query.Selector,
            Start = query.From,
            End = query.Until,
        };
        if (query.MaxNodes != 0) request.MaxNodes = query.MaxNodes;
        return request;
    }

    private static SelectSeriesRequest Series(RenderQuery query, IQueryCollection asked, long step)
    {
        var request = new SelectSeriesRequest
        {
            ProfileTypeID = query.Type.Id,
            LabelSelector = query.Selector,
            Start = query.From,
            End = query.Until,
            Step = step,
        };
        request.GroupBy.AddRange(GroupBy(asked));
        if (RenderQuery.First(asked, "aggregation") == "avg")
        {
            request.Aggregation = TimeSeriesAggregationType.Average;
        }

        return request;
    }

    private static IEnumerable<string> GroupBy(IQueryCollection asked) => asked["groupBy"].OfType<string>();

    private static SortedDictionary<string, Timeline>? Groups(
        IQueryCollection asked, IReadOnlyList<Series> series, Func<IEnumerable<Point>, Timeline> timeline)
    {
        if (GroupBy(asked).FirstOrDefault() is not { } name) return null;
        var groups = new SortedDictionary<string, Timeline>(StringComparer.Ordinal);
        foreach (var one in series)
        {
            groups[one.Labels.FirstOrDefault(l => l.Name == name)?.Value ?? "*"] = timeline(one.Points);
        }

        return groups;
    }

    private async Task LabelValues(HttpContext context, QueryCall call, CancellationToken cancel)
    {
        var label = RenderQuery.First(context.Request.Query, "label");
        if (label == "") throw Refusals.Invalid("label parameter is required");
        if (label != Profiles.Labels.LabelNames.Name) throw Refusals.InvalidBehindFrontend("name is required");
        var types = (await labels.ProfileTypes(call, new ProfileTypesRequest(), cancel)).ProfileTypes;
        await Write(context, json =>
        {
            if (types.Count == 0) json.WriteNullValue();
            else JsonSerializer.Serialize(json, types.Select(static t => t.ID));
        });
    }

    private static async Task Write(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter)) write(json);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private async Task Answer(HttpContext context, Func<HttpContext, QueryCall, CancellationToken, Task> answer)
    {
        var call = PartialAnswers.Begin(context.Tenant(), context.Request.Headers[PartialAnswers.AllowHeader]);
        context.Response.OnStarting(() =>
        {
            if (partial.MarkOf(call) is { } mark) context.Response.Headers[PartialAnswers.Header] = mark;
            return Task.CompletedTask;
        });
        try
        {
            await answer(context, call, context.RequestAborted);
        }
        catch (RpcException e) when (!context.Response.HasStarted)
        {
            await ConnectError.WritePlain(context, ConnectCode.Http(e.StatusCode), e.StatusCode, e.Status.Detail);
        }
    }
}
