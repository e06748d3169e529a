using Google.Protobuf.Collections;
using Pyro.Api.Peers;
using Pyro.Api.Types;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Memory;
using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Answers;

/// <summary>Answers label calls over blocks: names, values, series and profile types of the series that have a selected row.</summary>
internal static class BlockLabels
{
    /// <summary>The answer to a request.</summary>
    public static async ValueTask<LabelsResponse> Of(
        IReadOnlyList<BlockLease> blocks, LabelsRequest request, CompiledSelection selection, CancellationToken cancellation)
    {
        var (response, texts, series) = (new LabelsResponse(), new HashSet<string>(StringComparer.Ordinal), new HashSet<Labels>());
        await foreach (var part in Ahead.InOrder(blocks, (lease, stop) => Of(lease, request, selection, stop), cancellation))
        {
            texts.UnionWith(part.Texts);
            series.UnionWith(part.Series);
            if (part.Damaged is { } damaged)
            {
                response.Damaged.Add(WireIds.Bytes(damaged));
            }
        }

        response.Texts.AddRange(texts.Order(Utf8Order.Comparer));
        response.Series.AddRange(series.Order(LabelsOrder.Comparer));
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
            return new Part([], []) { Damaged = lease.Block.Ulid };
        }
        catch (UnsupportedBlockException)
        {
            return new Part([], []) { Damaged = lease.Block.Ulid };
        }
        catch (Grpc.Core.RpcException e) when (e.StatusCode == Grpc.Core.StatusCode.NotFound)
        {
            // It was removed meanwhile; what it held lies elsewhere.
            return new Part([], []);
        }
    }

    private static async ValueTask<Part> Read(
        BlockLease lease, LabelsRequest request, CompiledSelection selection, CancellationToken cancellation)
    {
        var index = await lease.Index(cancellation);
        using var memory = lease.Block.Reserve();
        SeriesEntries? some = selection.SelectsAllSeries && selection.CoversAll(lease.Block.MinMillis, lease.Block.MaxMillis)
            ? null : await WithRows(lease, index, selection, memory, cancellation);
        return request.Kind switch
        {
            LabelsRequest.Types.Kind.Names => new Part(
                some is null ? await index.LabelNames(cancellation) : await index.LabelNames(some, cancellation), []),
            LabelsRequest.Types.Kind.Values => new Part(await Values(index, request.Name, some, cancellation), []),
            LabelsRequest.Types.Kind.ProfileTypes => new Part(await Values(index, LabelNames.ProfileType, some, cancellation), []),
            LabelsRequest.Types.Kind.Series => new Part([], await Series(index, request.By, some, memory, cancellation)),
            _ => throw CompiledSelection.Bad($"unknown kind {(int)request.Kind}"),
        };
    }

    // A series whose oldest or newest row lies in range needs no look at the others.
    private static async ValueTask<SeriesEntries> WithRows(
        BlockLease lease, TsdbIndex index, CompiledSelection selection, Reservation memory, CancellationToken cancellation)
    {
        bool IsSure(in SeriesEntry one) => BlockSeries.Min(one) >= selection.StartMillis || BlockSeries.Max(one) <= selection.EndMillis;
        var series = await BlockSeries.Select(index, selection, memory, cancellation);
        var unsure = await BlockSeries.Only(index, series, one => !IsSure(one), memory, cancellation);
        if (unsure.Count == 0)
        {
            return series;
        }

        var table = new ProfileTable(await lease.Profiles(cancellation));
        var runs = await ChosenRows.InRange(
            table, unsure, await ChosenRows.Find(table, unsure, memory, cancellation), selection, memory, cancellation);
        var found = new HashSet<uint>();
        foreach (var run in runs.Runs)
        {
            found.Add(unsure.Series[run.Series].Reference);
        }

        return await BlockSeries.Only(index, series, one => IsSure(one) || found.Contains(one.Reference), memory, cancellation);
    }

    private static async ValueTask<IReadOnlyCollection<string>> Values(
        TsdbIndex index, string name, SeriesEntries? some, CancellationToken cancellation)
    {
        if (some is not null)
        {
            return await index.LabelValues(name, some, cancellation);
        }

        var values = new List<string>();
        await foreach (var value in index.LabelValues(name, cancellation))
        {
            values.Add(value);
        }

        return values;
    }

    private static async ValueTask<IReadOnlyCollection<Labels>> Series(
        TsdbIndex index, RepeatedField<string> by, SeriesEntries? some, Reservation memory, CancellationToken cancellation)
    {
        some ??= await index.ReadAll(memory, cancellation);
        var groups = await index.GroupBy(some, by.Count == 0 ? null : by, cancellation);
        return Array.ConvertAll(groups.Labels, WireLabels.Of);
    }

    private sealed record Part(IReadOnlyCollection<string> Texts, IReadOnlyCollection<Labels> Series) : IDisposable
    {
        public Ulid? Damaged { get; init; }

        public void Dispose()
        {
        }
    }
}
