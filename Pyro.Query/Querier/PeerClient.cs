using Grpc.Core;
using Pyro.Api.Peers;

namespace Pyro.Query.Querier;

/// <summary>A client of one holder, an ingester or a store-gateway: they answer the same under two names.</summary>
public sealed class PeerClient
{
    private readonly Holder.HolderClient? _ingester;
    private readonly BucketHolder.BucketHolderClient? _bucket;

    /// <summary>A client over an invoker.</summary>
    public PeerClient(CallInvoker invoker, bool isBucket)
    {
        if (isBucket) _bucket = new BucketHolder.BucketHolderClient(invoker);
        else _ingester = new Holder.HolderClient(invoker);
    }

    /// <summary>Label names, label values, series or profile types.</summary>
    public AsyncUnaryCall<LabelsResponse> Labels(LabelsRequest request, CallOptions options) =>
        _bucket?.LabelsAsync(request, options) ?? _ingester!.LabelsAsync(request, options);

    /// <summary>What is held.</summary>
    public AsyncServerStreamingCall<DescribeResponse> Describe(DescribeRequest request, CallOptions options) =>
        _bucket?.Describe(request, options) ?? _ingester!.Describe(request, options);

    /// <summary>Keys of rows.</summary>
    public AsyncServerStreamingCall<SelectResponse> Select(SelectRequest request, CallOptions options) =>
        _bucket?.Select(request, options) ?? _ingester!.Select(request, options);

    /// <summary>Sums.</summary>
    public AsyncServerStreamingCall<SumResponse> Sum(SumRequest request, CallOptions options) =>
        _bucket?.Sum(request, options) ?? _ingester!.Sum(request, options);
}
