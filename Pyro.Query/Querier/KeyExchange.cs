using System.Buffers.Binary;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Ring;

namespace Pyro.Query.Querier;

/// <summary>Fetches the keys of series on which holders differ, and deals each row to one holding.</summary>
public static class KeyExchange
{
    // Fingerprints in one request; it may have 16 MiB.
    private const int MaxFingerprints = 1 << 20;

    /// <summary>Plans the rows of the series.</summary>
    /// <returns>False when a holder could not say; then all must be planned again.</returns>
    public static async Task<bool> TryDealRows(HolderSet holders, Selection selection, List<HeldSeries> series, SumPlan plan, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var keys = new Dictionary<(ByteString Ulid, ulong Fingerprint), Keys>();
        var asked = series.GroupBy(static s => s.Holding.Holder)
            .SelectMany(ofHolder => ofHolder.Chunk(MaxFingerprints).Select(part => (Holder: ofHolder.Key, Series: part)))
            .Select(part => (part.Holder, Work: FetchKeys(holders, part.Holder, selection, part.Series, stop.Token)))
            .ToArray();
        if (!await holders.AllDone([.. asked.Select(static a => (a.Holder, (Task)a.Work))], cancel))
        {
            stop.Cancel();
            return false;
        }

        foreach (var answer in await Task.WhenAll(asked.Select(static a => a.Work)))
        {
            if (answer is null) return false;
            foreach (var (key, rows) in answer)
            {
                if (keys.TryGetValue(key, out var before)) before.Rows.AddRange(rows.Rows);
                else keys.Add(key, rows);
            }
        }

        foreach (var one in series.GroupBy(static s => s.Fingerprint)) Deal([.. one], keys, plan);
        return true;
    }

    private static async Task<Dictionary<(ByteString, ulong), Keys>?> FetchKeys(
        HolderSet holders, RingMember holder, Selection selection, HeldSeries[] series, CancellationToken cancel)
    {
        var request = new SelectRequest { Selection = selection };
        foreach (var holding in series.GroupBy(static s => s.Holding.Holding.Ulid))
        {
            var wanted = new SeriesOfHolding { Ulid = holding.Key };
            wanted.Fingerprints.AddRange(holding.Select(static s => s.Fingerprint));
            request.Wanted.Add(wanted);
        }

        try
        {
            var keys = new Dictionary<(ByteString, ulong), Keys>();
            using var call = holders.Client(holder).Select(request, holders.Options(cancel));
            await foreach (var answer in call.ResponseStream.Each(cancel))
            {
                if (!keys.TryGetValue((answer.Ulid, answer.Fingerprint), out var keysOfSeries)) keys.Add((answer.Ulid, answer.Fingerprint), keysOfSeries = new Keys([], answer.ByTime));
                Read(answer, keysOfSeries.Rows);
            }

            return keys;
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            if (e.StatusCode is StatusCode.NotFound or StatusCode.DataLoss) holders.Note(holder, e);
            else holders.Lose(holder, e);
            return null;
        }
    }

    private static void Read(SelectResponse answer, List<RowKey> rows)
    {
        var ids = answer.Ids.Span;
        if (ids.Length != 16 * answer.Times.Count)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"{answer.Times.Count} times and {ids.Length} bytes of ids in a selection"));
        }

        for (var i = 0; i < answer.Times.Count; i++)
        {
            rows.Add(new RowKey(answer.Times[i], BinaryPrimitives.ReadUInt128BigEndian(ids.Slice(16 * i, 16))));
        }
    }

    /// <summary>Deals the rows of one series: the holding with most rows first, the others give what is still missing.</summary>
    private static void Deal(HeldSeries[] series, Dictionary<(ByteString, ulong), Keys> keys, SumPlan plan)
    {
        Keys KeysOf(HeldSeries s) => keys.TryGetValue((s.Holding.Holding.Ulid, s.Fingerprint), out var own) ? own : new Keys([], false);

        var dealt = new DealtRows();
        var shares = new List<(HeldSeries Series, List<RowKey> Rows, bool All)>();
        foreach (var one in series.OrderByDescending(s => KeysOf(s).Rows.Count))
        {
            var own = KeysOf(one);
            var share = own.ByTime ? dealt.TakeByTime(own.Rows) : dealt.Take(own.Rows);
            if (share.Count > 0) shares.Add((one, share, share.Count == own.Rows.Count));
        }

        foreach (var (one, rows, all) in shares)
        {
            // An open head that shares a series may get a row that another one already gives: it is told the rows.
            if (all && (shares.Count == 1 || !one.Holding.Holding.Open)) plan.AddWhole(one.Holding, one.Fingerprint);
            else plan.AddListed(one.Holding, one.Fingerprint, rows);
        }
    }

    /// <summary>The rows of a series in a holding, and whether these are known by their times alone among holdings of their kind.</summary>
    private sealed record Keys(List<RowKey> Rows, bool ByTime);
}
