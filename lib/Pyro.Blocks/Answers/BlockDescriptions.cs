using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Blocks.Answers;

/// <summary>Tells what blocks hold of a selection: series with row counts and checksums, and the keys of rows.</summary>
internal static class BlockDescriptions
{
    // 28 and 24 bytes each, so that a message stays below 1 MiB.
    private const int SeriesOfMessage = 32 * 1024;
    private const int KeysOfMessage = 32 * 1024;

    /// <summary>The blocks, then their series.</summary>
    public static async IAsyncEnumerable<DescribeResponse> Describe(
        IReadOnlyList<BlockLease> blocks,
        string writer,
        DescribeRequest request,
        CompiledSelection selection,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (request.Only.Count > 0)
        {
            var only = request.Only.Select(WireIds.UlidOf).ToHashSet();
            blocks = [.. blocks.Where(b => only.Contains(b.Block.Ulid))];
        }

        foreach (var lease in blocks)
        {
            yield return new DescribeResponse { Holding = HoldingOf(lease.Block, writer) };
        }

        if (request.HoldingsOnly)
        {
            yield break;
        }

        var whole = blocks.Where(static b => b.Block.Fault is null && IsRead(b.Block)).ToList();
        await foreach (var one in Ahead.InOrder(whole, (lease, stop) => Look(lease, selection, stop), cancellation))
        {
            using var disposed = one;
            if (one.Figures is null)
            {
                yield return new DescribeResponse { Holding = HoldingOf(one.Lease.Block, writer, one.Fault) };
            }

            foreach (var batch in one.Figures?.Batches() ?? [])
            {
                yield return new DescribeResponse { Series = batch };
            }
        }
    }

    /// <summary>The keys of the rows of the series wanted.</summary>
    public static async IAsyncEnumerable<SelectResponse> Select(
        IReadOnlyList<(BlockLease Lease, SeriesOfHolding Wanted)> wanted,
        CompiledSelection selection,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var (lease, series) in wanted)
        {
            var (keys, byTime) = await BlockFaults.Reading(lease, () => KeysOf(lease, series.Fingerprints, selection, cancellation), cancellation);
            foreach (var fingerprint in series.Fingerprints.Distinct())
            {
                foreach (var piece in keys.TryGetValue(fingerprint, out var own) ? own.Chunk(KeysOfMessage) : [])
                {
                    yield return PieceOf(series.Ulid, fingerprint, piece, byTime);
                }
            }
        }
    }

    private static async Task<Looked> Look(BlockLease lease, CompiledSelection selection, CancellationToken cancellation)
    {
        try
        {
            return new Looked(lease, await BlockFaults.Reading(lease, () => Figures.Of(lease, selection, cancellation), cancellation));
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.DataLoss or StatusCode.NotFound)
        {
            return new Looked(lease, null) { Fault = e.Status.Detail };
        }
    }

    private static bool IsRead(Block block) => block.Meta.Version == BlockMeta.WrittenVersion;

    private static Holding HoldingOf(Block block, string writer, string fault = "")
    {
        var holding = new Holding
        {
            Ulid = WireIds.Bytes(block.Ulid),
            Writer = block.Writer.Length > 0 ? block.Writer : writer,
            Level = (uint)Math.Max(0, block.Meta.Compaction.Level),
            Sources = { block.Meta.Compaction.Sources.Select(WireIds.Bytes) },
            Range = block.IsMetaAssumed ? null : new Api.Peers.Range { Start = block.MinMillis, End = block.MaxMillis },
            Size = SizeOf(block.Meta),
            Fault = fault.Length > 0 ? fault : block.Fault?.Message ?? (IsRead(block) ? "" : new UnsupportedBlockException(block.Ulid, block.Meta.Version).Message),
            UnsupportedVersion = IsRead(block) ? 0 : (uint)block.Meta.Version,
        };
        if (WireIds.ShardOf(block.Meta.ShardId) is { } shard)
        {
            holding.Shard = shard;
        }

        return holding;
    }

    private static HoldingSize SizeOf(BlockMeta meta) => new()
    {
        Series = (ulong)meta.Stats.Series,
        Rows = (ulong)meta.Stats.Profiles,
        Samples = (ulong)meta.Stats.Samples,
        IndexBytes = (ulong)(meta.File(BlockPaths.Index)?.Bytes ?? 0),
        ProfileBytes = (ulong)(meta.File(BlockPaths.Profiles)?.Bytes ?? 0),
        SymbolBytes = (ulong)meta.Files.Where(static f => f.RelPath.StartsWith("symbols", StringComparison.Ordinal)).Sum(static f => f.Bytes),
    };

    private static async ValueTask<(Dictionary<ulong, List<(long Time, ProfileId Id)>> Keys, bool ByTime)> KeysOf(
        BlockLease lease, IReadOnlyCollection<ulong> fingerprints, CompiledSelection selection, CancellationToken cancellation)
    {
        var plan = new RowPlan([new PlanOfHolding { Series = { fingerprints.Select(static f => new PlanOfSeries { Fingerprint = f, Whole = true }) } }]);
        using var rows = await ChosenRows.Of(lease, selection, plan, withSeries: true, cancellation);
        var keys = new Dictionary<ulong, List<(long, ProfileId)>>();
        await ChosenRows.Scan(rows.Runs!, rows.Table.Scan(rows.Rows, rows.Table.Time, rows.Table.Id), (scan, _, at, series) =>
        {
            var fingerprint = rows.Series!.Series[series].Fingerprint;
            if (!keys.TryGetValue(fingerprint, out var own))
            {
                keys.Add(fingerprint, own = []);
            }

            own.Add((scan[0].Numbers[at], ProfileId.Read(scan[1].BytesOf(at))));
        }, cancellation);
        foreach (var own in keys.Values)
        {
            own.Sort();
        }

        return (keys, !rows.Table.HasOwnIds);
    }

    private static SelectResponse PieceOf(ByteString ulid, ulong fingerprint, (long Time, ProfileId Id)[] keys, bool byTime)
    {
        var ids = new byte[ProfileId.Size * keys.Length];
        var piece = new SelectResponse { Ulid = ulid, Fingerprint = fingerprint, ByTime = byTime };
        for (var i = 0; i < keys.Length; i++)
        {
            piece.Times.Add(keys[i].Time);
            keys[i].Id.Write(ids.AsSpan(ProfileId.Size * i));
        }

        piece.Ids = UnsafeByteOperations.UnsafeWrap(ids);
        return piece;
    }

    /// <summary>What was found in one block; no figures: it could not be read.</summary>
    private sealed record Looked(BlockLease Lease, Figures? Figures) : IDisposable
    {
        public string Fault { get; init; } = "";

        public void Dispose() => Figures?.Dispose();
    }

    /// <summary>What the rows of each series of one block come to.</summary>
    private sealed class Figures(Ulid ulid, ChosenRows chosen, bool[] cumulative) : IDisposable
    {
        private readonly ulong[] _rows = new ulong[cumulative.Length];
        private readonly ulong[] _checksums = new ulong[cumulative.Length];

        public static async ValueTask<Figures> Of(BlockLease lease, CompiledSelection selection, CancellationToken cancellation)
        {
            var rows = await ChosenRows.Of(lease, selection, null, withSeries: true, cancellation);
            try
            {
                // Pyroscope takes every row that any replica has, of such series too.
                var cumulative = rows.Table.HasOwnIds ? await Cumulative(await lease.Index(cancellation), rows.Series!, cancellation) : new bool[rows.Series!.Count];
                var figures = new Figures(lease.Block.Ulid, rows, cumulative);
                await figures.Count(cancellation);
                return figures;
            }
            catch
            {
                rows.Dispose();
                throw;
            }
        }

        public IEnumerable<SeriesBatch> Batches()
        {
            var series = chosen.Series!;
            var order = Enumerable.Range(0, series.Count).Where(i => _rows[i] > 0).OrderBy(i => series.Series[i].Fingerprint);
            foreach (var chunk in order.Chunk(SeriesOfMessage))
            {
                var batch = new SeriesBatch { Ulid = WireIds.Bytes(ulid) };
                foreach (var i in chunk)
                {
                    batch.Fingerprints.Add(series.Series[i].Fingerprint);
                    batch.Rows.Add(_rows[i]);
                    batch.Checksums.Add(_checksums[i]);
                    batch.Cumulative.Add(cumulative[i]);
                }

                yield return batch;
            }
        }

        public void Dispose() => chosen.Dispose();

        private ValueTask Count(CancellationToken cancellation)
        {
            var key = new byte[sizeof(long) + ProfileId.Size];
            return ChosenRows.Scan(chosen.Runs!, chosen.Table.Scan(chosen.Rows, chosen.Table.Time, chosen.Table.Id), (scan, _, at, of) =>
            {
                BinaryPrimitives.WriteInt64LittleEndian(key, scan[0].Numbers[at]);
                scan[1].BytesOf(at).CopyTo(key.AsSpan(sizeof(long)));
                _rows[of]++;
                _checksums[of] += XxHash64.HashToUInt64(key);
            }, cancellation);
        }

        // A block does not tell whether values were stored as they came (`__delta__=false`); these may be increases of a counter.
        private static async ValueTask<bool[]> Cumulative(TsdbIndex index, SeriesEntries series, CancellationToken cancellation)
        {
            var groups = await index.GroupBy(series, [LabelNames.Name, LabelNames.Type], cancellation);
            var ofGroup = Array.ConvertAll(groups.Labels, static labels =>
                labels.Get(LabelNames.Name) == "memory" && labels.Get(LabelNames.Type) is ("alloc_objects" or "alloc_space"));
            return Array.ConvertAll(groups.GroupOf, group => ofGroup[group]);
        }
    }
}
