using System.Buffers;
using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Profiles.Trees;
using Pyro.Query.Querier;
using Pyro.Tenancy;

namespace Pyro.Query.Frontend;

/// <summary>SelectMergeStacktraces and SelectMergeSpanProfile: flame graphs and trees.</summary>
public sealed class TreeQueries(Overrides overrides, TimeProvider time, ProfileQuerier querier, PprofQueries pprofs)
{
    /// <summary>Sums stacks in the form asked for.</summary>
    public async Task<SelectMergeStacktracesResponse> Stacktraces(
        QueryCall call, SelectMergeStacktracesRequest request, CancellationToken cancel)
    {
        if (request.Async?.Type == AsyncQueryType.Force) throw Refusals.Unimplemented("asynchronous queries are switched off");
        if (request.Format == ProfileFormat.Pprof) return await AsPprof(call, request, cancel);
        var range = QueryRange.Required(request.Start, request.End, overrides.For(call.Tenant), time);
        if (request.Format == ProfileFormat.Dot) throw Refusals.Unimplemented("dot format is only supported with the v2 query backend");
        if (request.TraceIdSelector.Count > 0) throw Refusals.Unimplemented("profiles are not kept by trace id");
        var form = new TreeForm();
        if (request.SpanSelector.Count > 0) Spans.Restrict(form, request.SpanSelector);
        using var tree = await Tree(call, request.ProfileTypeID, request.LabelSelector, range, request.MaxNodes, form, cancel);
        return request.Format == ProfileFormat.Tree
            ? new SelectMergeStacktracesResponse { Tree = Bytes(tree, request.MaxNodes) }
            : new SelectMergeStacktracesResponse { Flamegraph = FlameGraphMessage.From(tree, request.MaxNodes) };
    }

    /// <summary>Sums the stacks of spans.</summary>
    public async Task<SelectMergeSpanProfileResponse> SpanProfile(
        QueryCall call, SelectMergeSpanProfileRequest request, CancellationToken cancel)
    {
        var range = QueryRange.Required(request.Start, request.End, overrides.For(call.Tenant), time);
        if (range.BeforeLookback) return new SelectMergeSpanProfileResponse { Flamegraph = new FlameGraph() };
        var form = new TreeForm();
        Spans.Restrict(form, request.SpanSelector);
        using var tree = await Tree(call, request.ProfileTypeID, request.LabelSelector, range, request.MaxNodes, form, cancel);
        return request.Format == ProfileFormat.Tree
            ? new SelectMergeSpanProfileResponse { Tree = Bytes(tree, request.MaxNodes) }
            : new SelectMergeSpanProfileResponse { Flamegraph = FlameGraphMessage.From(tree, request.MaxNodes) };
    }

    /// <summary>Sums stacks by function names, each part of the range cut to the limit in force, three times; to what the client asked for it is cut again at the end.
    /// The tree is the caller's to dispose of.</summary>
    /// <param name="call">Whose profiles; told what the tree lacks.</param>
    /// <param name="profileTypeId">Their type.</param>
    /// <param name="selector">Which series.</param>
    /// <param name="range">When, checked.</param>
    /// <param name="maxNodes">As the client asked; 0: not given.</param>
    /// <param name="form">What else restricts the sum.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<NameTree> Tree(
        QueryCall call, string profileTypeId, string selector, QueryRange range, long maxNodes, TreeForm form, CancellationToken cancel)
    {
        if (range.BeforeLookback) return new NameTree();
        var limits = overrides.For(call.Tenant);
        form.KeepNodes = NodeLimit.Effective(maxNodes, limits);
        var selection = Selections.OfType(profileTypeId, selector);
        var interval = (long)limits.SplitQueriesByInterval.TotalMilliseconds;
        var trees = await Parts.Run(range.Split(interval), limits.MaxQueryParallelism, async (part, stop) =>
        {
            var request = new SumRequest { Selection = selection.In(part.Start, part.End), Tree = form };
            var whole = TreeAnswer.Merge(await querier.Sum(call, request, TreeAnswer.Read, stop));
            var cut = TreeCut.Thrice(whole, form.KeepNodes);
            whole.DisposeUnless(cut);
            return cut;
        }, cancel);
        return TreeAnswer.Merge(trees);
    }

    private async Task<SelectMergeStacktracesResponse> AsPprof(
        QueryCall call, SelectMergeStacktracesRequest request, CancellationToken cancel)
    {
        var asked = new SelectMergeProfileRequest
        {
            ProfileTypeID = request.ProfileTypeID,
            LabelSelector = request.LabelSelector,
            Start = request.Start,
            End = request.End,
            StackTraceSelector = request.StackTraceSelector,
        };
        if (request.HasMaxNodes) asked.MaxNodes = request.MaxNodes;
        if (request.SpanSelector.Count > 0) throw Refusals.Unimplemented("pprof of spans is not answered");
        if (request.TraceIdSelector.Count > 0) throw Refusals.Unimplemented("profiles are not kept by trace id");
        return new SelectMergeStacktracesResponse { Pprof = new PprofProfile { Profile = await pprofs.Profile(call, asked, cancel) } };
    }

    private static ByteString Bytes(NameTree tree, long maxNodes)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var cut = TreeCut.Cut(tree, maxNodes);
        PyroscopeTree.Write(cut, bytes);
        cut.DisposeUnless(tree);
        return UnsafeByteOperations.UnsafeWrap(bytes.WrittenMemory);
    }
}
