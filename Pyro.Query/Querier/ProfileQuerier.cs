using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
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

    /// <summary>The union of the labels that the holders have; see <see cref="LabelsResponse"/> for order and form.</summary>
    /// <exception cref="RpcException">Too many holders failed, or a block that is needed is served by nobody.</exception>
    public async Task<LabelsResponse> Labels(QueryCall call, LabelsRequest request, CancellationToken cancel)
    {
        for (var plans = 1; plans <= MaxPlans; plans++)
        {
            var (holders, live) = await Live(call, request.Selection, isNeeded: plans > 1, cancel);
            Refuse(call, live?.Lacking ?? []);
            var answers = await AskLabels(holders, live, request, cancel);
            if (answers.Exists(static a => a.Answer.Damaged.Count > 0))
            {
                // Which damage costs anything is known from all that is held; the one who has a block whole may not have been asked.
                (var others, live) = await Live(call, request.Selection, isNeeded: true, cancel);
                if (others.HasStore && !holders.HasStore) answers = await AskLabels(others, live, request, cancel);
            }

            if (answers.Exists(static a => a.Answer.Gone.Count > 0)) continue;
            Accept(call, live?.Lacking ?? []);
            var union = new LabelUnion(request.Kind);
            foreach (var (_, answer) in answers) union.Add(answer.Pieces);
            return new LabelsResponse { Pieces = { union.Close() } };
        }

        throw new RpcException(new Status(StatusCode.Unavailable, $"blocks were removed {MaxPlans} times while labels were looked for in them"));
    }

    private static Task<List<(RingMember Holder, LabelsResponse Answer)>> AskLabels(
        HolderSet holders, LiveHoldings? live, LabelsRequest request, CancellationToken cancel) => holders.Ask(
            (holder, client, stop) =>
            {
                var own = request.Clone();
                own.Expected.AddRange(live?.Holdings.Where(one => one.Holder == holder).Select(static one => one.Holding.Ulid) ?? []);
                return client.Labels(own, holders.Options(stop)).ResponseAsync;
            },
            cancel);

    /// <summary>The holdings of a tenant in all holders, without their series; those of damaged blocks too.</summary>
    /// <exception cref="RpcException">Too many holders failed.</exception>
    public async Task<List<(RingMember Holder, List<Holding> Holdings)>> Holdings(QueryCall call, Selection selection, CancellationToken cancel)
    {
        var holders = await Holders(call, selection.Range, [], cancel, isWhole: true);
        foreach (var (block, fault) in holders.Bucket.Damaged) call.Lack(LackingBlock.Of(block, fault));
        var answers = await holders.Ask((_, client, stop) => ReadHoldings(client, holders, selection, stop), cancel);
        var all = answers.SelectMany(static a => a.Answer).ToList();
        // Of these nobody knows the times.
        foreach (var one in all.Where(h => h.Range is null && h.Fault.Length > 0 && !all.Exists(other => other.Ulid == h.Ulid && other.Fault.Length == 0)))
            call.Lack(LackingBlock.Of(one));
        return answers;
    }

    /// <summary>The holdings that a query of a selection would be answered from, and whether each is in the bucket and every store-gateway knows it.</summary>
    /// <exception cref="RpcException">Too many holders failed, or a block that is needed is served by nobody.</exception>
    public async Task<List<(Described Holding, bool IsBucket)>> Planned(QueryCall call, Selection selection, CancellationToken cancel)
    {
        var stored = (await bucket.Settled(call.Tenant, selection.Range, cancel)).Select(static b => WireIds.Bytes(b.Id)).ToHashSet();
        var live = (await Live(call, selection, isNeeded: true, cancel)).Live!;
        Accept(call, live.Lacking);
        return live.Holdings.ConvertAll(holding => (holding, stored.Contains(holding.Holding.Ulid)));
    }

    /// <summary>The holdings with the series of a selection in all holders.</summary>
    /// <exception cref="RpcException">Too many holders failed.</exception>
    public async Task<List<Described>> Describe(QueryCall call, Selection selection, CancellationToken cancel) =>
        await Describe(await Holders(call, selection.Range, [], cancel, isWhole: true), selection, [], cancel);

    /// <summary>Sums a selection.</summary>
    /// <param name="call">Whose profiles; told what the sum lacks.</param>
    /// <param name="request">Selection and form, without a plan.</param>
    /// <param name="read">Reads one answer whole.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The parts, which together hold every row once.</returns>
    /// <exception cref="RpcException">Too many holders failed, or a block that is needed is served by nobody.</exception>
    public async Task<IReadOnlyList<T>> Sum<T>(
        QueryCall call, SumRequest request, Func<IAsyncStreamReader<SumResponse>, CancellationToken, Task<T>> read, CancellationToken cancel)
    {
        var holders = await Holders(call, request.Selection.Range, [], cancel);
        if (holders.Living.Count == 0 && !holders.NeedsBucket) return [];
        if (holders.IsSingle && await TrySumUnplanned(holders, request, read, cancel) is { } unplanned) return unplanned;

        var isAgain = false;
        for (var plans = 1; plans <= MaxPlans; plans++)
        {
            var (plan, lacking) = await Plan(holders, request.Selection, cancel);
            if (IsLeftTooMuch(holders.Bucket, lacking))
            {
                holders = await Holders(call, request.Selection.Range, [], cancel, isWhole: true);
            }
            else if (!isAgain && Unserved(lacking) is { Count: > 0 } unserved)
            {
                isAgain = true;
                holders = await Holders(call, request.Selection.Range, unserved, cancel);
            }
            else if (plan is not null)
            {
                Refuse(call, lacking);
                if (await TrySum(holders, request, plan, read, cancel) is { } parts)
                {
                    Accept(call, lacking);
                    return parts;
                }
            }

            logger.LogDebug("What is held changed while it was summed, planning again ({Plans}): {Hitch}", plans, holders.Hitch);
        }

        throw new RpcException(new Status(StatusCode.Unavailable, $"what is held changed {MaxPlans} times while it was summed, at last: {holders.Hitch}"));
    }

    // Null when a plan is needed: the one holder has holdings that share time, so that a row may lie in several, or one of them cannot be read or is gone.
    private static async Task<T[]?> TrySumUnplanned<T>(
        HolderSet holders, SumRequest request, Func<IAsyncStreamReader<SumResponse>, CancellationToken, Task<T>> read, CancellationToken cancel)
    {
        try
        {
            using var call = holders.Client(holders.Living[0]).Sum(request, holders.Options(cancel));
            return [await read(call.ResponseStream, cancel)];
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.FailedPrecondition or StatusCode.DataLoss or StatusCode.Unimplemented or StatusCode.NotFound)
        {
            return null;
        }
    }

    // Whole: no block is left to ingesters.
    private async Task<HolderSet> Holders(QueryCall call, Api.Peers.Range? range, IReadOnlyCollection<Ulid> unserved, CancellationToken cancel, bool isWhole = false)
    {
        var blocks = await bucket.Blocks(call.Tenant, range, unserved, cancel);
        if (isWhole) blocks = blocks with { IsLeftToIngesters = false };
        if (blocks.IsUnseen) call.LackListing();
        var isOld = range is not null && options.IngestersWithin > TimeSpan.Zero && range.End < (time.GetUtcNow() - options.IngestersWithin).ToUnixTimeMilliseconds();
        return new HolderSet(isOld ? null : ring, stores, blocks, dial, time, call);
    }

    // No plan: what is held changes just now.
    private static async Task<(SumPlan? Plan, IReadOnlyList<LackingBlock> Lacking)> Plan(HolderSet holders, Selection selection, CancellationToken cancel)
    {
        var plan = new SumPlan();
        LiveHoldings live;
        List<Described> described;
        if (!holders.NeedsBucket)
        {
            live = LiveHoldings.Choose(await Describe(holders, selection, [], cancel), holders.Bucket, holders.MayLose);
            described = live.Holdings;
        }
        else
        {
            live = await Live(holders, selection, cancel);
            var sharing = live.Holdings.Where(one => live.Holdings.Exists(other => !ReferenceEquals(one, other) && LiveHoldings.Overlap(one, other, selection.Range))).ToHashSet();
            foreach (var one in live.Holdings.Where(one => !sharing.Contains(one))) plan.AddWhole(one);
            if (sharing.Count == 0) return (plan, live.Lacking);
            var wanted = sharing.ToDictionary(static s => s.Holding.Ulid, static s => s.Holder);
            described = [.. (await Describe(holders, selection, [.. wanted.Keys], cancel)).Where(d => wanted.GetValueOrDefault(d.Holding.Ulid) == d.Holder)];
            if (Changed(described, wanted.Keys) is { } change)
            {
                holders.Note(change);
                return (null, live.Lacking);
            }
        }

        var differing = Agreement.PlanAgreed(described, plan);
        if (differing.Count > 0 && !await KeyExchange.TryDealRows(holders, selection, differing, plan, cancel)) return (null, live.Lacking);
        plan.Contract(described);
        return (plan, live.Lacking);
    }

    // What became of holdings that were to be compared, or null.
    private static string? Changed(List<Described> described, IReadOnlyCollection<ByteString> wanted)
    {
        if (described.Find(static d => d.Holding.Fault.Length > 0) is { } bad) return $"{bad.Holder.Id}: {bad.Holding.Fault}";
        var gone = wanted.Except(described.Select(static d => d.Holding.Ulid)).ToList();
        return gone.Count > 0 ? $"{new Ulid(gone[0].Span)} is gone" : null;
    }

    // What together has every row once, but for rows of the same times that several have.
    private static async Task<LiveHoldings> Live(HolderSet holders, Selection selection, CancellationToken cancel)
    {
        var answers = await holders.Ask((_, client, stop) => ReadHoldings(client, holders, selection, stop), cancel);
        return LiveHoldings.Choose(answers.SelectMany(static a => a.Answer.Select(h => new Described(a.Holder, h))), holders.Bucket, holders.MayLose);
    }

    // The same, and whom to ask. When nobody serves a block of the bucket, the bucket is looked at again: it may have been removed.
    private async Task<(HolderSet Holders, LiveHoldings? Live)> Live(QueryCall call, Selection selection, bool isNeeded, CancellationToken cancel)
    {
        var holders = await Holders(call, selection.Range, [], cancel);
        if (!isNeeded && !holders.NeedsBucket) return (holders, null);
        var live = await Live(holders, selection, cancel);
        if (IsLeftTooMuch(holders.Bucket, live.Lacking))
        {
            holders = await Holders(call, selection.Range, [], cancel, isWhole: true);
            live = await Live(holders, selection, cancel);
        }

        if (Unserved(live.Lacking) is not { Count: > 0 } unserved) return (holders, live);
        holders = await Holders(call, selection.Range, unserved, cancel);
        return (holders, await Live(holders, selection, cancel));
    }

    private static List<Ulid> Unserved(IReadOnlyList<LackingBlock> lacking) =>
        [.. lacking.Where(static l => l.Reason == LackReason.Unserved).Select(static l => l.Ulid)];

    // Blocks of the bucket were left to ingesters, which do not have them all, or not whole.
    private static bool IsLeftTooMuch(QueryBlocks bucket, IReadOnlyList<LackingBlock> lacking) =>
        bucket.IsLeftToIngesters && lacking.Any(l => bucket.Blocks.Any(b => b.Id == l.Ulid));

    private static void Accept(QueryCall call, IReadOnlyList<LackingBlock> lacking)
    {
        Refuse(call, lacking);
        foreach (var block in lacking) call.Lack(block);
    }

    // Damage does not mend by itself, so the rest is answered; all else is an error, unless the client takes an answer without.
    private static void Refuse(QueryCall call, IReadOnlyList<LackingBlock> lacking)
    {
        if (call.MayLack || lacking.FirstOrDefault(static l => l.Reason != LackReason.Damaged) is not { } block) return;
        var code = block.Reason == LackReason.Unsupported ? StatusCode.Unimplemented : StatusCode.Unavailable;
        throw new RpcException(new Status(code, code == StatusCode.Unimplemented ? block.Fault : $"block {block.Ulid} {block.Fault}"));
    }

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
                // The others go on, so that the next plan knows of their damage, too.
                if (!again && e is RpcException told) holders.Note(holder, told);
                if (again || e is RpcException { StatusCode: StatusCode.DataLoss }) return default;
                again = true;
                if (e is RpcException { StatusCode: not StatusCode.NotFound } failure) LoseAndStop(holders, holder, failure, stop);
                stop.Cancel();
                return default;
            }
        }

        var sums = plan.Requests().Select(part => (part.Holder, Work: Run(part.Holder, part.Plan))).ToArray();
        if (!await holders.AllDone([.. sums.Select(static s => (s.Holder, (Task)s.Work))], cancel))
        {
            stop.Cancel();
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
        await foreach (var part in call.ResponseStream.Each(cancel))
        {
            if (part.Holding is { } holding)
            {
                var one = new Described(holder, holding);
                if (holding.Fault.Length > 0 && byUlid.Remove(holding.Ulid, out var before)) described.Remove(before);
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
        using var call = client.Describe(new DescribeRequest { Selection = selection, HoldingsOnly = true, Expected = { holders.Bucket.Blocks.Select(static b => WireIds.Bytes(b.Id)) } }, holders.Options(cancel));
        while (await call.ResponseStream.MoveNext(cancel) && call.ResponseStream.Current.Holding is { } holding) holdings.Add(holding);
        return holdings;
    }
}
