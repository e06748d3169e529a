using Pyro.Ingester.Wal;
using Pyro.Ring;

namespace Pyro.Ingester;

/// <summary>
/// Whether the ingester is fit: log replayed, in the ring with tokens, the ring healthy, and all that for a while. Once
/// ready it does not become unready because of the ring, lest one bad member take all others out of service.
/// </summary>
public sealed class IngesterReadiness(IngesterOptions options, WriteAheadLog log, Lifecycler lifecycler, HashRing ring, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long? _fitSince;
    private bool _ready;

    /// <summary>Why the ingester is not ready, or null.</summary>
    public string? Reason()
    {
        string? reason = OwnFault();
        lock (_gate)
        {
            if (reason is null && !_ready)
            {
                reason = RingFault() ?? Settling();
                _ready = reason is null;
            }
        }

        return reason is null ? null : "Ingester not ready: " + reason;
    }

    private string? OwnFault() =>
        !log.IsOpen ? "the log is being replayed or is closed"
        : lifecycler.State is not { } state ? "not in the ring yet"
        : state != MemberState.Active ? $"state in the ring is {state.ToString().ToUpperInvariant()}"
        : null;

    private string? RingFault()
    {
        RingSnapshot snapshot = ring.Snapshot;
        string? fault = snapshot.TokensOf(options.Lifecycler.Id).Count == 0 ? "this instance owns no tokens" : null;
        foreach (RingMember member in snapshot.Members)
        {
            if (fault is null && (options.ReadinessCheckRingHealth || member.Id == options.Lifecycler.Id))
            {
                fault = member.State != MemberState.Active ? $"instance {member.Id} is in state {member.State.ToString().ToUpperInvariant()}"
                    : !snapshot.IsAlive(member.Id) ? $"instance {member.Id} is past its heartbeat timeout"
                    : null;
            }
        }

        if (fault is not null)
        {
            _fitSince = null;
        }

        return fault;
    }

    private string? Settling()
    {
        _fitSince ??= time.GetTimestamp();
        return time.GetElapsedTime(_fitSince.Value) < options.MinReadyDuration
            ? $"waiting for {options.MinReadyDuration} after being fit"
            : null;
    }
}
