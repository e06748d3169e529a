using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Memory;
using Pyro.Profiles.Labels;
using Kind = Pyro.Api.Peers.LabelsRequest.Types.Kind;

namespace Pyro.Blocks.Answers;

/// <summary>Answers label calls over blocks: names, values, series and profile types of the series that have a selected row.</summary>
internal static class BlockLabels
{
    /// <summary>The answer to a request.</summary>
    public static async ValueTask<LabelsResponse> Of(
        IReadOnlyList<BlockLease> blocks, LabelsRequest request, CompiledSelection selection, MemoryLedger ledger, CancellationToken cancellation)
    {
        using var memory = new Reservation(ledger, MemoryKind.Accumulators);
        var (response, union) = (new LabelsResponse(), new LabelUnion(request.Kind, memory));
        await foreach (var part in Ahead.InOrder(blocks, (lease, stop) => Of(lease, request, selection, stop), cancellation))
        {
            using var counted = part;
            union.Add(part.Pieces);
            if (part.Damaged is { } damaged)
            {
                response.Damaged.Add(WireIds.Bytes(damaged));
            }

            if (part.Gone is { } gone)
            {
                response.Gone.Add(WireIds.Bytes(gone));
            }
        }

        response.Pieces.AddRange(union.Close());
        return response;
    }

    private static async Task<Part> Of(BlockLease lease, LabelsRequest request, CompiledSelection selection, CancellationToken cancellation)
    {
        try
        {
            return await BlockFaults.Reading(lease, () => Read(lease, request, selection, cancellation), cancellation);
        }
        catch (Grpc.Core.RpcException e) when (e.StatusCode == Grpc.Core.StatusCode.DataLoss)
        {
            return new Part([]) { Damaged = lease.Block.Ulid };
        }
        catch (UnsupportedBlockException)
        {
            return new Part([]) { Damaged = lease.Block.Ulid };
        }
        catch (Grpc.Core.RpcException e) when (e.StatusCode == Grpc.Core.StatusCode.NotFound)
        {
            // It was removed meanwhile; what it held lies elsewhere.
            return new Part([]) { Gone = lease.Block.Ulid };
        }
    }

    private static async ValueTask<Part> Read(
        BlockLease lease, LabelsRequest request, CompiledSelection selection, CancellationToken cancellation)
    {
        var text = lease.Block.Reserve();
        try
        {
            return new Part(await Pieces(lease, request, selection, text, cancellation)) { Memory = text };
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }

    private static async ValueTask<IReadOnlyList<ByteString>> Pieces(
        BlockLease lease, LabelsRequest request, CompiledSelection selection, Reservation text, CancellationToken cancellation)
    {
        var index = await lease.Index(cancellation);
        using var memory = lease.Block.Reserve();
        var isAll = selection.SelectsAllSeries && selection.CoversAll(lease.Block.MinMillis, lease.Block.MaxMillis);
        // The names and values of all are known without them.
        using var series = !isAll ? await WithRows(lease, index, selection, memory, cancellation)
            : request.Kind == Kind.Series ? await index.ReadAll(memory, cancellation)
            : null;
        var pieces = new LabelPieces(request.Kind, text);
        switch (request.Kind)
        {
            case Kind.Names:
                Array.ForEach(series is null ? await index.LabelNames(cancellation) : await index.LabelNames(series, cancellation), pieces.Add);
                break;
            case Kind.Values:
                await Values(index, request.Name, series, pieces, cancellation);
                break;
            case Kind.ProfileTypes:
                await Values(index, LabelNames.ProfileType, series, pieces, cancellation);
                break;
            case Kind.Series:
                await BlockLabelSets.Write(index, series!, request.By, memory, pieces, cancellation);
                break;
            default:
                throw CompiledSelection.Bad($"unknown kind {(int)request.Kind}");
        }

        return pieces.Close();
    }

    // A series whose oldest or newest row lies in range needs no look at the others.
    private static async ValueTask<SeriesEntries> WithRows(
        BlockLease lease, TsdbIndex index, CompiledSelection selection, Reservation memory, CancellationToken cancellation)
    {
        bool IsSure(in SeriesEntry one) => BlockSeries.Min(one) >= selection.StartMillis || BlockSeries.Max(one) <= selection.EndMillis;
        var series = await BlockSeries.Select(index, selection, memory, cancellation);
        var unsure = await BlockSeries.Only(index, series, one => !IsSure(one), memory, cancellation);
        var found = await Found(lease, unsure, selection, memory, cancellation);
        if (!ReferenceEquals(unsure, series))
        {
            unsure.Dispose();
        }

        return await BlockSeries.Keep(index, series, one => IsSure(one) || found.Contains(one.Reference), memory, cancellation);
    }

    // References of the series that have a row in range.
    private static async ValueTask<HashSet<uint>> Found(
        BlockLease lease, SeriesEntries unsure, CompiledSelection selection, Reservation memory, CancellationToken cancellation)
    {
        var found = new HashSet<uint>();
        if (unsure.Count == 0)
        {
            return found;
        }

        var table = new ProfileTable(await lease.Profiles(cancellation));
        var runs = await ChosenRows.InRange(
            table, unsure, await ChosenRows.Find(table, unsure, memory, cancellation), selection, memory, cancellation);
        foreach (var run in runs.Runs)
        {
            found.Add(unsure.Series[run.Series].Reference);
        }

        return found;
    }

    private static ValueTask Values(TsdbIndex index, string name, SeriesEntries? series, LabelPieces into, CancellationToken cancellation)
    {
        void Add(ReadOnlySpan<byte> value) => into.Add(into.Valid(value));

        return series is null ? index.LabelValues(name, Add, cancellation) : index.LabelValues(name, series, Add, cancellation);
    }

    private sealed record Part(IReadOnlyList<ByteString> Pieces) : IDisposable
    {
        public Ulid? Damaged { get; init; }

        public Ulid? Gone { get; init; }

        public Reservation? Memory { get; init; }

        public void Dispose() => Memory?.Dispose();
    }
}
