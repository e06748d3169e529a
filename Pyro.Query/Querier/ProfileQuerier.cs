using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Pyro.Api.Peers;
using Pyro.Api.Types;
using Pyro.Blocks.Answers;
using Pyro.Profiles.Labels;
using Pyro.Ring;
using Pyro.ServiceDefaults.Rings;

namespace Pyro.Query.Querier;

/// <summary>
/// Asks all holders of profiles and merges what they say, every row once: each describes first what it holds of the selection; where
/// they differ the keys of those series are exchanged; then each sums what it was given.
/// </summary>
public sealed class ProfileQuerier(
    HashRing ring, StoreGateways stores, QueryBucket bucket, QueryOptions options, Dial dial, TimeProvider time, ILogger<ProfileQuerier> logger)
{
    private const int MaxPlans = 5;

    /// <summary>The union of the labels that the holders have; see <see cref="LabelsResponse"/> for the order.</summary>
    /// <exception cref="RpcException">Too many holders failed.</exception>
    public async Task<LabelsResponse> Labels(string tenant, LabelsRequest request, CancellationToken cancel)
    {
        var holders = await Holders(tenant, request.Selection.Range, cancel);
        var answers = await holders.Ask(
            (_, client, stop) => client.Labels(request, holders.Options(stop)).ResponseAsync, cancel);
        var damaged = answers.SelectMany(static a => a.Answer.Damaged).FirstOrDefault();
        if (damaged is not null) throw Damaged(damaged, "its labels cannot be read");
        return answers.Count == 1 ? answers[0].Answer : Union(answers.ConvertAll(static a => a.Answer));
    }

    /// <summary>The holdings of a tenant in all holders, without their series.</summary>
    /// <exception cref="RpcException">Too many holders failed.</exception>
    public async Task<List<(RingMember Holder, List<Holding> Holdings)>> Holdings(string tenant, Selection selection, CancellationToken cancel)
    {
        var holders = await Holders(tenant, selection.Range, cancel);
        return await holders.Ask((_, client, stop) => ReadHoldings(client, holders, selection, stop), cancel);
    }

    /// <summary>The holdings that a query of a selection would be answered from, and whether each is in the bucket.</summary>
    /// <exception cref="RpcException">Too many holders failed.</exception>
    public async Task<List<(Described Holding, bool IsBucket)>> Planned(string tenant, Selection selection, CancellationToken cancel)
    {
        var holders = await Holders(tenant, selection.Range, cancel);
        var stored = (await bucket.All(tenant, selection.Range, cancel)).Select(static b => WireIds.Bytes(b.Id)).ToHashSet();
        return (await Live(holders, selection, cancel)).ConvertAll(holding => (holding, stored.Contains(holding.Holding.Ulid)));
    }

    /// <summary>The holdings with the series of a selection in all holders.</summary>
    /// <exception cref="RpcException">Too many holders failed.</exception>
    public async Task<List<Described>> Describe(string tenant, Selection selection, CancellationToken cancel) =>
        await Describe(await Holders(tenant, selection.Range, cancel), selection, [], cancel);

    /// <summary>Sums a selection.</summary>
    /// <param name="tenant">Whose profiles.</param>
    /// <param name="request">Selection and form, without a plan.</param>
    /// <param name="read">Reads one answer whole.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The parts, which together hold every row once.</returns>
    /// <exception cref="RpcException">Too many holders failed.</exception>
    public async Task<IReadOnlyList<T>> Sum<T>(
        string tenant, SumRequest request, Func<IAsyncStreamReader<SumResponse>, CancellationToken, Task<T>> read, CancellationToken cancel)
    {
        var holders = await Holders(tenant, request.Selection.Range, cancel);
        if (holders.Living.Count == 0) return [];
        if (holders.IsSingle && await TrySumUnplanned(holders, request, read, cancel) is { } unplanned) return unplanned;

        for (var plans = 1; plans <= MaxPlans; plans++)
        {
            var plan = await Plan(holders, request.Selection, cancel);
            if (plan is not null && await TrySum(holders, request, plan, read, cancel) is { } parts) return parts;
            logger.LogDebug("What is held changed while it was summed, planning again ({Plans})", plans);
        }

        throw new RpcException(new Status(StatusCode.Unavailable, "what is held changed while it was summed, again and again"));
    }

    // Null when the one holder has holdings that share time, so that a row may lie in several.
    private static async Task<T[]?> TrySumUnplanned<T>(
        HolderSet holders, SumRequest request, Func<IAsyncStreamReader<SumResponse>, CancellationToken, Task<T>> read, CancellationToken cancel)
    {
        try
        {
            using var call = holders.Client(holders.Living[0]).Sum(request, holders.Options(cancel));
            return [await read(call.ResponseStream, cancel)];
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.FailedPrecondition)
        {
            return null;
        }
    }

    private async Task<HolderSet> Holders(string tenant, Api.Peers.Range? range, CancellationToken cancel)
    {
        var blocks = await bucket.Blocks(tenant, range, cancel);
        var isOld = range is not null && options.IngestersWithin > TimeSpan.Zero && range.End < (time.GetUtcNow() - options.IngestersWithin).ToUnixTimeMilliseconds();
        return new HolderSet(isOld ? null : ring, blocks.Count > 0 ? (stores.Only, blocks) : null, dial, time, tenant);
    }

    private static async Task<SumPlan?> Plan(HolderSet holders, Selection selection, CancellationToken cancel)
    {
        var plan = new SumPlan();
        List<Described> described;
        if (holders.Bucket.Count == 0)
        {
            described = Whole(await Describe(holders, selection, [], cancel));
        }
        else
        {
            var live = await Live(holders, selection, cancel);
            var sharing = live.Where(one => live.Exists(other => !ReferenceEquals(one, other) && LiveHoldings.Overlap(one, other, selection.Range))).ToHashSet();
            foreach (var one in live.Where(one => !sharing.Contains(one))) plan.AddWhole(one);
            if (sharing.Count == 0) return plan;
            var wanted = sharing.ToDictionary(static s => s.Holding.Ulid, static s => s.Holder);
            described = Whole([.. (await Describe(holders, selection, [.. wanted.Keys], cancel)).Where(d => wanted.GetValueOrDefault(d.Holding.Ulid) == d.Holder)]);
        }

        var differing = Agreement.PlanAgreed(described, plan);
        if (differing.Count > 0 && !await KeyExchange.TryDealRows(holders, selection, differing, plan, cancel)) return null;
        plan.Contract(described);
        return plan;
    }

    // What together has every row once, but for rows of the same times that several have.
    private static async Task<List<Described>> Live(HolderSet holders, Selection selection, CancellationToken cancel)
    {
        var answers = await holders.Ask((_, client, stop) => ReadHoldings(client, holders, selection, stop), cancel);
        var all = answers.SelectMany(static a => a.Answer.Select(h => new Described(a.Holder, h)));
        return Whole(LiveHoldings.Choose(all, holders.Bucket));
    }

    // A damaged holding is done without when another holder has it whole.
    private static List<Described> Whole(List<Described> described)
    {
        var whole = described.FindAll(static d => d.Holding.Fault.Length == 0);
        foreach (var holding in described.Select(static d => d.Holding))
        {
            if (holding.Fault.Length > 0 && !whole.Exists(w => w.Holding.Ulid == holding.Ulid)) throw Damaged(holding.Ulid, holding.Fault);
        }

        return whole;
    }

    private static RpcException Damaged(ByteString ulid, string fault) =>
        new(new Status(StatusCode.DataLoss, $"{new Ulid(ulid.Span)}: {fault}"));

    private static async Task<T[]?> TrySum<T>(
        HolderSet holders,
        SumRequest request,
        SumPlan plan,
        Func<IAsyncStreamReader<SumResponse>, CancellationToken, Task<T>> read,
        CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var again = false;
        async Task<(T? Sum, bool Done)> Run(RingMember holder, List<PlanOfHolding> part)
        {
            var own = request.Clone();
            own.Plan.AddRange(part);
            try
            {
                using var call = holders.Client(holder).Sum(own, holders.Options(stop.Token));
                return (Sum: await read(call.ResponseStream, stop.Token), Done: true);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException)
            {
                cancel.ThrowIfCancellationRequested();
                if (again) return default;
                again = true;
                if (e is RpcException { StatusCode: not StatusCode.NotFound } failure) LoseAndStop(holders, holder, failure, stop);
                await stop.CancelAsync();
                return default;
            }
        }

        var sums = plan.Requests().Select(part => (part.Holder, Work: Run(part.Holder, part.Plan))).ToArray();
        if (!await holders.AllDone([.. sums.Select(static s => (s.Holder, (Task)s.Work))], cancel))
        {
            await stop.CancelAsync();
            return null;
        }

        var answers = await Task.WhenAll(sums.Select(static s => s.Work));
        return Array.TrueForAll(answers, static a => a.Done) ? Array.ConvertAll(answers, static a => a.Sum!) : null;
    }

    private static void LoseAndStop(HolderSet holders, RingMember holder, RpcException failure, CancellationTokenSource stop)
    {
        try
        {
            holders.Lose(holder, failure);
        }
        catch (RpcException)
        {
            stop.Cancel();
            throw;
        }
    }

    private static async Task<List<Described>> Describe(HolderSet holders, Selection selection, IReadOnlyCollection<ByteString> only, CancellationToken cancel)
    {
        var answers = await holders.Ask((holder, client, stop) => ReadDescription(holder, client, holders, selection, only, stop), cancel);
        return [.. answers.SelectMany(static a => a.Answer)];
    }

    private static async Task<List<Described>> ReadDescription(
        RingMember holder, PeerClient client, HolderSet holders, Selection selection, IReadOnlyCollection<ByteString> only, CancellationToken cancel)
    {
        var described = new List<Described>();
        var byUlid = new Dictionary<ByteString, Described>();
        using var call = client.Describe(new DescribeRequest { Selection = selection, Only = { only } }, holders.Options(cancel));
        await foreach (var part in call.ResponseStream.ReadAllAsync(cancel))
        {
            if (part.Holding is { } holding)
            {
                var one = new Described(holder, holding);
                if (byUlid.TryAdd(holding.Ulid, one)) described.Add(one);
            }
            else if (part.Series is { } series && byUlid.TryGetValue(series.Ulid, out var one))
            {
                one.Add(series);
            }
        }

        return described;
    }

    private static async Task<List<Holding>> ReadHoldings(
        PeerClient client, HolderSet holders, Selection selection, CancellationToken cancel)
    {
        var holdings = new List<Holding>();
        using var call = client.Describe(new DescribeRequest { Selection = selection, HoldingsOnly = true, Expected = { holders.Bucket.Select(static b => WireIds.Bytes(b.Id)) } }, holders.Options(cancel));
        while (await call.ResponseStream.MoveNext(cancel) && call.ResponseStream.Current.Holding is { } holding) holdings.Add(holding);
        return holdings;
    }

    private static LabelsResponse Union(List<LabelsResponse> answers)
    {
        var union = new LabelsResponse();
        union.Texts.AddRange(answers.SelectMany(static a => a.Texts).Distinct().Order(Utf8Order.Comparer));
        union.Series.AddRange(answers.SelectMany(static a => a.Series).Distinct().Order(LabelsOrder.Comparer));
        return union;
    }
}
