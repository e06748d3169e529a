using Grpc.Core;
using Pyro.Api.Pprof;
using Pyro.Api.Querier;
using Pyro.Api.Types;
using Pyro.Tenancy;

namespace Pyro.Query.Frontend;

/// <summary><c>querier.v1.QuerierService</c>: what Grafana, profilecli and the Explore page ask.</summary>
public sealed class QueryFrontend(
    LabelQueries labels, TreeQueries trees, PointQueries points, PprofQueries pprofs, DiffQueries diffs, StatsQueries stats)
    : QuerierService.QuerierServiceBase
{
    /// <inheritdoc/>
    public override Task<ProfileTypesResponse> ProfileTypes(ProfileTypesRequest request, ServerCallContext context) =>
        labels.ProfileTypes(TenantId.Of(context), request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<LabelNamesResponse> LabelNames(LabelNamesRequest request, ServerCallContext context) =>
        labels.LabelNames(TenantId.Of(context), request, LabelNameCapability.AllowsUtf8(context), context.CancellationToken);

    /// <inheritdoc/>
    public override Task<LabelValuesResponse> LabelValues(LabelValuesRequest request, ServerCallContext context) =>
        labels.LabelValues(TenantId.Of(context), request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<SeriesResponse> Series(SeriesRequest request, ServerCallContext context) =>
        labels.Series(TenantId.Of(context), request, LabelNameCapability.AllowsUtf8(context), context.CancellationToken);

    /// <inheritdoc/>
    public override Task<SelectMergeStacktracesResponse> SelectMergeStacktraces(SelectMergeStacktracesRequest request, ServerCallContext context) =>
        trees.Stacktraces(TenantId.Of(context), request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<SelectMergeSpanProfileResponse> SelectMergeSpanProfile(SelectMergeSpanProfileRequest request, ServerCallContext context) =>
        trees.SpanProfile(TenantId.Of(context), request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<Profile> SelectMergeProfile(SelectMergeProfileRequest request, ServerCallContext context) =>
        pprofs.Profile(TenantId.Of(context), request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<SelectSeriesResponse> SelectSeries(SelectSeriesRequest request, ServerCallContext context) =>
        points.Series(TenantId.Of(context), request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<SelectHeatmapResponse> SelectHeatmap(SelectHeatmapRequest request, ServerCallContext context) =>
        throw Refusals.Unimplemented("This endpoint is not available in v1 frontend");

    /// <inheritdoc/>
    public override Task<DiffResponse> Diff(DiffRequest request, ServerCallContext context) =>
        diffs.Diff(TenantId.Of(context), request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<GetProfileStatsResponse> GetProfileStats(GetProfileStatsRequest request, ServerCallContext context) =>
        stats.Stats(TenantId.Of(context), context.CancellationToken);

    /// <inheritdoc/>
    public override Task<AnalyzeQueryResponse> AnalyzeQuery(AnalyzeQueryRequest request, ServerCallContext context) =>
        stats.Analyze(TenantId.Of(context), request, context.CancellationToken);
}
