using Grpc.Core;
using Pyro.Api.Ingester;
using Pyro.Api.StoreGateway;
using Pyro.Api.Types;
using Pyro.Blocks.Meta;
using Pyro.Tenancy;
using BlockCompaction = Pyro.Api.Types.BlockCompaction;
using BlockStats = Pyro.Api.Ingester.BlockStats;

namespace Pyro.StoreGateway;

/// <summary>
/// Pyroscope's own service of store-gateways, for tools that call it: which blocks are served, and how large they are. Between processes
/// of Pyro goes <c>pyro.peers.v1</c>; everything else here is answered as unimplemented.
/// </summary>
/// <param name="blocks">The blocks.</param>
public sealed class PyroscopeStoreGatewayService(ServedBlocks blocks) : StoreGatewayService.StoreGatewayServiceBase
{
    /// <summary>The blocks that touch a range (ms, both ends inclusive), ascending by time.</summary>
    public override async Task<BlockMetadataResponse> BlockMetadata(BlockMetadataRequest request, ServerCallContext context)
    {
        var answer = new BlockMetadataResponse();
        var metas = await blocks.Metas(TenantId.Of(context), context.CancellationToken);
        answer.Blocks.AddRange(metas
            .Where(meta => meta.MinTime <= request.End && meta.MaxTime >= request.Start)
            .OrderBy(static meta => meta.MinTime).ThenBy(static meta => meta.MaxTime).ThenBy(static meta => meta.Id)
            .Select(InfoOf));
        return answer;
    }

    /// <summary>How much is in some blocks, in the order asked; those that are not served are left out.</summary>
    public override async Task<GetBlockStatsResponse> GetBlockStats(GetBlockStatsRequest request, ServerCallContext context)
    {
        var metas = (await blocks.Metas(TenantId.Of(context), context.CancellationToken)).ToDictionary(static meta => meta.Id.ToString());
        var answer = new GetBlockStatsResponse();
        foreach (var ulid in request.Ulids)
        {
            if (metas.TryGetValue(ulid, out var meta)) answer.BlockStats.Add(StatsOf(meta));
        }

        return answer;
    }

    private static BlockInfo InfoOf(BlockMeta meta)
    {
        var info = new BlockInfo
        {
            Ulid = meta.Id.ToString(),
            MinTime = meta.MinTime,
            MaxTime = meta.MaxTime,
            Compaction = new BlockCompaction { Level = meta.Compaction.Level },
        };
        info.Compaction.Sources.AddRange(meta.Compaction.Sources.Select(static source => source.ToString()));
        info.Compaction.Parents.AddRange(meta.Compaction.Parents.Select(static parent => parent.Id.ToString()));
        info.Labels.AddRange((meta.Labels ?? new Dictionary<string, string>())
            .OrderBy(static label => label.Key, StringComparer.Ordinal)
            .Select(static label => new LabelPair { Name = label.Key, Value = label.Value }));
        return info;
    }

    private static BlockStats StatsOf(BlockMeta meta)
    {
        var (index, profiles) = (meta.File(BlockPaths.Index)?.Bytes ?? 0, meta.File(BlockPaths.Profiles)?.Bytes ?? 0);
        return new BlockStats
        {
            SeriesCount = (ulong)meta.Stats.Series,
            ProfileCount = (ulong)meta.Stats.Profiles,
            SampleCount = (ulong)meta.Stats.Samples,
            IndexBytes = (ulong)index,
            ProfileBytes = (ulong)profiles,
            SymbolBytes = (ulong)meta.Files.Where(static f => f.RelPath.StartsWith("symbols", StringComparison.Ordinal)).Sum(static f => f.Bytes),
        };
    }
}
