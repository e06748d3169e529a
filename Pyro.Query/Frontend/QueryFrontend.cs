using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Api.Pprof;
using Pyro.Api.Querier;
using Pyro.Api.Types;

namespace Pyro.Query.Frontend;

/// <summary><c>querier.v1.QuerierService</c>: what Grafana, profilecli and the Explore page ask. To be bound by <see cref="QuerierWire"/>.</summary>
public sealed class QueryFrontend(
    LabelQueries labels, TreeQueries trees, PointQueries points, PprofQueries pprofs, DiffQueries diffs, StatsQueries stats, PartialAnswers partial)
    : QuerierService.QuerierServiceBase
{
    /// <inheritdoc/>
    public override Task<ProfileTypesResponse> ProfileTypes(ProfileTypesRequest request, ServerCallContext context) =>
        partial.Answer(context, call => labels.ProfileTypes(call, request, context.CancellationToken));

    /// <summary>LabelNames, in pieces of its answer.</summary>
    public Task<LabelsResponse> LabelNamePieces(LabelNamesRequest request, ServerCallContext context) =>
        partial.Answer(context, call => labels.LabelNames(call, request, LabelNameCapability.AllowsUtf8(context), context.CancellationToken));

    /// <summary>LabelValues, in pieces of its answer.</summary>
    public Task<LabelsResponse> LabelValuePieces(LabelValuesRequest request, ServerCallContext context) =>
        partial.Answer(context, call => labels.LabelValues(call, request, context.CancellationToken));

    /// <summary>Series, in pieces of its answer.</summary>
    public Task<LabelsResponse> SeriesPieces(SeriesRequest request, ServerCallContext context) =>
        partial.Answer(context, call => labels.Series(call, request, LabelNameCapability.AllowsUtf8(context), context.CancellationToken));

    /// <inheritdoc/>
    public override Task<SelectMergeStacktracesResponse> SelectMergeStacktraces(SelectMergeStacktracesRequest request, ServerCallContext context) =>
        partial.Answer(context, call => trees.Stacktraces(call, request, context.CancellationToken));

    /// <inheritdoc/>
    public override Task<SelectMergeSpanProfileResponse> SelectMergeSpanProfile(SelectMergeSpanProfileRequest request, ServerCallContext context) =>
        partial.Answer(context, call => trees.SpanProfile(call, request, context.CancellationToken));

    /// <inheritdoc/>
    public override Task<Profile> SelectMergeProfile(SelectMergeProfileRequest request, ServerCallContext context) =>
        partial.Answer(context, call => pprofs.Profile(call, request, context.CancellationToken));

    /// <inheritdoc/>
    public override Task<SelectSeriesResponse> SelectSeries(SelectSeriesRequest request, ServerCallContext context) =>
        partial.Answer(context, call => points.Series(call, request, context.CancellationToken));

    /// <inheritdoc/>
    public override Task<SelectHeatmapResponse> SelectHeatmap(SelectHeatmapRequest request, ServerCallContext context) =>
        throw Refusals.Unimplemented("This endpoint is not available in v1 frontend");

    /// <inheritdoc/>
    public override Task<DiffResponse> Diff(DiffRequest request, ServerCallContext context) =>
        partial.Answer(context, call => diffs.Diff(call, request, context.CancellationToken));

    /// <inheritdoc/>
    public override Task<GetProfileStatsResponse> GetProfileStats(GetProfileStatsRequest request, ServerCallContext context) =>
        partial.Answer(context, call => stats.Stats(call, context.CancellationToken));

    /// <inheritdoc/>
    public override Task<AnalyzeQueryResponse> AnalyzeQuery(AnalyzeQueryRequest request, ServerCallContext context) =>
        partial.Answer(context, call => stats.Analyze(call, request, context.CancellationToken));
}
