using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Ring;
using Pyro.Tenancy;

namespace Pyro.Query.Querier;

/// <summary>
/// The holders that answer one query together, and which of them failed. One failure too many fails the query; a failed holder is not
/// asked again. For one query, on any thread.
/// </summary>
public sealed class HolderSet
{
    private readonly Lock _gate = new();
    private readonly Dial _dial;
    private readonly ReplicaSet _replicas;
    private readonly Metadata _headers;
    private readonly List<RingMember> _lost = [];

    /// <summary>The read set of a ring for one query.</summary>
    /// <exception cref="RpcException">unavailable: too few healthy members.</exception>
    public HolderSet(HashRing ring, Dial dial, string tenant)
    {
        _dial = dial;
        _headers = new Metadata { { TenantId.Header, tenant } };
        try
        {
            _replicas = ring.Snapshot.All(RingOperation.Read);
        }
        catch (RingException e)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, e.Message, e));
        }
    }

    /// <summary>The holders that have not failed, in the order of the ring.</summary>
    public IReadOnlyList<RingMember> Living
    {
        get
        {
            lock (_gate)
            {
                return _lost.Count == 0 ? _replicas.Members : [.. _replicas.Members.Where(m => !_lost.Contains(m))];
            }
        }
    }

    /// <summary>Whether all data lies in one holder, so that nothing can be held twice.</summary>
    public bool IsSingle => _replicas.Members.Count == 1;

    /// <summary>A client of one holder.</summary>
    public Holder.HolderClient Client(RingMember holder) => new(_dial(holder.Address));

    /// <summary>What every call of the query carries.</summary>
    public CallOptions Options(CancellationToken cancel) => new(_headers, cancellationToken: cancel);

    /// <summary>Asks every living holder at once.</summary>
    /// <returns>The answers of those that did not fail, in the order of the ring.</returns>
    /// <exception cref="RpcException">More failed than the ring tolerates, or the question itself was refused.</exception>
    public async Task<List<(RingMember Holder, T Answer)>> AskAsync<T>(
        Func<RingMember, Holder.HolderClient, CancellationToken, Task<T>> ask, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var asked = Living.Select(holder => TryAsync(holder, ask, stop, cancel)).ToArray();
        var answers = new List<(RingMember, T)>(asked.Length);
        foreach (var (holder, answered, answer) in await Task.WhenAll(asked))
        {
            if (answered) answers.Add((holder, answer!));
        }

        return answers;
    }

    /// <summary>Notes that a holder failed.</summary>
    /// <exception cref="RpcException">One failure too many, or one that another holder would answer alike.</exception>
    public void Lose(RingMember holder, RpcException failure)
    {
        if (!IsTolerable(failure.StatusCode)) throw new RpcException(failure.Status);
        lock (_gate)
        {
            if (!_lost.Contains(holder)) _lost.Add(holder);
            if (IsWithinTolerance()) return;
        }

        var code = failure.StatusCode is StatusCode.ResourceExhausted or StatusCode.Unavailable ? failure.StatusCode : StatusCode.Internal;
        throw new RpcException(new Status(code, $"{holder.Id}: {failure.Status.Detail}", failure));
    }

    // The refusal of one holder ends the others' work at once.
    private async Task<(RingMember Holder, bool Answered, T? Answer)> TryAsync<T>(
        RingMember holder, Func<RingMember, Holder.HolderClient, CancellationToken, Task<T>> ask, CancellationTokenSource stop, CancellationToken cancel)
    {
        try
        {
            return (holder, true, await ask(holder, Client(holder), stop.Token));
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                Lose(holder, e);
            }
            catch (RpcException)
            {
                await stop.CancelAsync();
                throw;
            }

            return (holder, false, default);
        }
    }

    private bool IsWithinTolerance() => _replicas.MaxUnavailableZones > 0
        ? _lost.Select(m => m.Zone).Distinct().Count() <= _replicas.MaxUnavailableZones
        : _lost.Count <= _replicas.MaxErrors;

    private static bool IsTolerable(StatusCode code) => code is not (StatusCode.InvalidArgument or StatusCode.Unauthenticated
        or StatusCode.PermissionDenied or StatusCode.Cancelled or StatusCode.DeadlineExceeded);
}
