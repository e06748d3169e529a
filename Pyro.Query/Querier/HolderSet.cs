using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Connect;
using Pyro.Ring;
using Pyro.ServiceDefaults.Rings;
using Pyro.Tenancy;

namespace Pyro.Query.Querier;

/// <summary>
/// The holders that answer one query together, and which of them failed: the ingesters, and the store-gateway when the bucket has blocks of
/// the query's time. One failure too many fails the query; a failed holder is not asked again; so is one that lets everybody wait while
/// the others would do. For one query, on any thread.
/// </summary>
public sealed class HolderSet
{
    // What a slow holder is given at least before it is done without.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Dial _dial;
    private readonly ReplicaSet? _replicas;
    private readonly RingMember[] _members;
    private readonly RingMember? _store;
    private readonly bool _mayLackStore;
    private readonly Metadata _headers;
    private readonly List<RingMember> _lost = [];

    /// <summary>The holders of one query.</summary>
    /// <param name="ring">The ring of ingesters; null: they are not asked.</param>
    /// <param name="store">The store-gateway, asked when blocks of the bucket are needed that are not left to ingesters.</param>
    /// <param name="bucket">What is needed of the bucket.</param>
    /// <param name="dial">Leads to them.</param>
    /// <param name="time">Clock.</param>
    /// <param name="call">The query.</param>
    /// <exception cref="RpcException">unavailable: too few healthy members.</exception>
    public HolderSet(HashRing? ring, StoreGateways store, QueryBlocks bucket, Dial dial, TimeProvider time, QueryCall call)
    {
        _time = time;
        _dial = dial;
        _headers = new Metadata { { TenantId.Header, call.Tenant } };
        _mayLackStore = call.MayLack;
        try
        {
            _replicas = ring?.Snapshot.All(RingOperation.Read);
        }
        catch (RingException e)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, e.Message, e));
        }

        _store = bucket.Blocks.Count > 0 && !bucket.IsLeftToIngesters ? store.Only : null;
        Bucket = bucket;
        _members = [.. _replicas?.Members ?? [], .. _store is null ? [] : new[] { _store }];
    }

    /// <summary>What is needed of the bucket.</summary>
    public QueryBlocks Bucket { get; }

    /// <summary>Whether blocks of the bucket are needed, readable or not.</summary>
    public bool NeedsBucket => Bucket.Blocks.Count > 0 || Bucket.Damaged.Count > 0;

    /// <summary>The holders that have not failed, in the order of the ring.</summary>
    public IReadOnlyList<RingMember> Living
    {
        get
        {
            lock (_gate)
            {
                return _lost.Count == 0 ? _members : [.. _members.Where(m => !_lost.Contains(m))];
            }
        }
    }

    /// <summary>Whether the store-gateway is among those asked.</summary>
    public bool HasStore => _store is not null;

    /// <summary>Whether all data lies in one ingester, so that nothing can be held twice.</summary>
    public bool IsSingle => _members.Length == 1 && !NeedsBucket;

    /// <summary>A client of one holder.</summary>
    public PeerClient Client(RingMember holder) => new(_dial(holder.Address), ReferenceEquals(holder, _store));

    /// <summary>What every call of the query carries.</summary>
    public CallOptions Options(CancellationToken cancel) => new(_headers, cancellationToken: cancel);

    /// <summary>Asks every living holder at once.</summary>
    /// <returns>The answers of those that did not fail, in the order of the ring.</returns>
    /// <exception cref="RpcException">More failed than the ring tolerates, or the question itself was refused.</exception>
    public async Task<List<(RingMember Holder, T Answer)>> Ask<T>(
        Func<RingMember, PeerClient, CancellationToken, Task<T>> ask, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var asked = Living.Select(holder => (Holder: holder, Work: Try(holder, ask, stop, cancel))).ToArray();
        var isAll = await AllDone([.. asked.Select(static a => (a.Holder, (Task)a.Work))], cancel);
        if (!isAll) stop.Cancel();
        var answers = new List<(RingMember, T)>(asked.Length);
        foreach (var (holder, work) in asked)
        {
            if (work.IsCompletedSuccessfully && await work is (true, var answer)) answers.Add((holder, answer!));
        }

        return answers;
    }

    /// <summary>
    /// Waits for the work of holders. When those that still work may all fail, they are given as long again as the others took, and then
    /// count as failed.
    /// </summary>
    /// <returns>False when some were given up; their work goes on until it is cancelled.</returns>
    public async Task<bool> AllDone(IReadOnlyCollection<(RingMember Holder, Task Work)> work, CancellationToken cancel)
    {
        var started = _time.GetTimestamp();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var open = work.ToList();
        Task? patience = null;
        while (open.Count > 0)
        {
            if (patience is null && open.Count < work.Count && MayLose(open.Select(static w => w.Holder)))
            {
                var spent = _time.GetElapsedTime(started);
                patience = Task.Delay(spent > LeastPatience ? spent : LeastPatience, _time, end.Token);
            }

            var done = await Task.WhenAny(patience is null ? open.Select(static w => w.Work) : open.Select(static w => w.Work).Append(patience));
            await done;
            if (ReferenceEquals(done, patience))
            {
                foreach (var (holder, _) in open) Lose(holder, new RpcException(new Status(StatusCode.Unavailable, "no answer while others had one")));
                return false;
            }

            open.RemoveAll(static w => w.Work.IsCompletedSuccessfully);
        }

        end.Cancel();
        return true;
    }

    /// <summary>Why the last plan came to nothing, for people.</summary>
    public string? Hitch { get; private set; }

    /// <summary>Notes that a holder does not have, or cannot read, what it described.</summary>
    public void Note(RingMember holder, RpcException failure) => Note($"{holder.Id}: {PeerFailure.Of(failure).Detail}");

    /// <summary>Notes why a plan came to nothing.</summary>
    public void Note(string hitch)
    {
        lock (_gate)
        {
            Hitch = hitch;
        }
    }

    /// <summary>Notes that a holder failed.</summary>
    /// <exception cref="RpcException">One failure too many, or one that another holder would answer alike.</exception>
    public void Lose(RingMember holder, RpcException failure)
    {
        var status = PeerFailure.Of(failure);
        if (!IsTolerable(status.StatusCode)) throw new RpcException(status);
        lock (_gate)
        {
            if (!_lost.Contains(holder)) _lost.Add(holder);
            Hitch = $"{holder.Id}: {status.Detail}";
            if (IsTolerable(_lost, _mayLackStore)) return;
        }

        var code = status.StatusCode is StatusCode.ResourceExhausted or StatusCode.Unavailable ? status.StatusCode : StatusCode.Internal;
        throw new RpcException(new Status(code, $"{holder.Id}: {status.Detail}", failure));
    }

    // The refusal of one holder ends the others' work at once.
    private async Task<(bool Answered, T? Answer)> Try<T>(
        RingMember holder, Func<RingMember, PeerClient, CancellationToken, Task<T>> ask, CancellationTokenSource stop, CancellationToken cancel)
    {
        try
        {
            return (true, await ask(holder, Client(holder), stop.Token));
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            if (stop.IsCancellationRequested || e is not RpcException failure) return default;
            try
            {
                Lose(holder, failure);
            }
            catch (RpcException)
            {
                stop.Cancel();
                throw;
            }

            return default;
        }
    }

    /// <summary>Whether the answer would be whole without these, and without those that failed already.</summary>
    public bool MayLose(IEnumerable<RingMember> holders)
    {
        lock (_gate)
        {
            return IsTolerable([.. _lost.Where(l => !ReferenceEquals(l, _store)).Concat(holders).Distinct()], mayLackStore: false);
        }
    }

    // There is one store-gateway: nobody else has what it has.
    private bool IsTolerable(List<RingMember> lost, bool mayLackStore)
    {
        var ingesters = lost.FindAll(m => !ReferenceEquals(m, _store));
        if (ingesters.Count < lost.Count && !mayLackStore) return false;
        return ingesters.Count == 0 || (_replicas is not null && (_replicas.MaxUnavailableZones > 0
            ? ingesters.Select(static m => m.Zone).Distinct().Count() <= _replicas.MaxUnavailableZones
            : ingesters.Count <= _replicas.MaxErrors));
    }

    private static bool IsTolerable(StatusCode code) => code is not (StatusCode.InvalidArgument or StatusCode.Unauthenticated
        or StatusCode.PermissionDenied or StatusCode.Cancelled or StatusCode.DeadlineExceeded);
}
