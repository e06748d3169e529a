using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;

namespace Pyro.ServiceDefaults.Front;

/// <summary>
/// How many bytes of request bodies may be in flight, in all and per tenant. A body is counted from before its first byte is
/// read until its request ends; what does not fit is refused at once, never queued.
/// </summary>
public sealed class Admission : IDisposable
{
    /// <summary>A request that held so much leaves garbage worth a collection of its own.</summary>
    private const long LargeBytes = 64 << 20;

    private readonly ConcurrentDictionary<string, Counter> _tenants = new(StringComparer.Ordinal);
    private readonly Meter _meter = new("Pyro");
    private readonly Counter<long> _rejected;
    private readonly Counter _all = new();
    private readonly long _limit;
    private readonly long _tenantLimit;
    private readonly long _configured;

    /// <summary>Sets the bounds.</summary>
    /// <param name="limit">Bytes in all; our own budget: over it the answer is <c>resource_exhausted</c>.</param>
    /// <param name="tenantLimit">Bytes of one tenant.</param>
    /// <param name="configured"><c>-distributor.max-inflight-bytes</c>, 0: off; over it the answer is <c>unavailable</c>.</param>
    public Admission(long limit, long tenantLimit, long configured)
    {
        _limit = limit;
        _tenantLimit = tenantLimit;
        _configured = configured;
        _rejected = _meter.CreateCounter<long>("rejected_requests_total", description: "Requests refused before their body was read, by reason.");
        _meter.CreateObservableGauge("distributor_inflight_bytes", () => Volatile.Read(ref _all.Bytes), description: "Bytes of request bodies in flight now.");
        _meter.CreateObservableGauge("distributor_inflight_bytes_limit", () => _configured, description: "Bytes of request bodies that may be in flight by -distributor.max-inflight-bytes; 0 is no limit.");
        _meter.CreateObservableGauge("distributor_inflight_bytes_high_watermark", () => Volatile.Read(ref _all.Peak), description: "The most bytes of request bodies that were in flight at once.");
    }

    /// <summary>Bytes in flight now.</summary>
    public long InFlight => Volatile.Read(ref _all.Bytes);

    /// <summary>Starts counting a request; <see cref="Ticket.TryGrow"/> takes its bytes.</summary>
    public Ticket Open(string tenant) => new(this, _tenants.GetOrAdd(tenant, static _ => new Counter()));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>Takes bytes that came in, or a copy of them.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="before">Bytes of the same request that are no reason to refuse these.</param>
    /// <param name="bytes">How many more.</param>
    /// <param name="refusal">Why not.</param>
    private bool TryTake(Counter tenant, long before, long bytes, [NotNullWhen(false)] out Refusal? refusal)
    {
        var all = Interlocked.Add(ref _all.Bytes, bytes);
        var own = Interlocked.Add(ref tenant.Bytes, bytes);
        // A single request is let in whatever its size: its own limits bound it, and an empty house must take it.
        refusal = _configured > 0 && all > _configured && all > before + bytes
            ? Refusal.Unavailable($"too many bytes of requests in flight ({all}, limit {_configured})", "max_inflight_bytes")
            : all > _limit && all > before + bytes
                ? Refusal.Exhausted($"too many bytes of requests in flight ({all}, budget {_limit})", "inflight_budget")
                : own > _tenantLimit && own > before + bytes
                    ? Refusal.Exhausted($"too many bytes of this tenant's requests in flight ({own}, budget {_tenantLimit})", "inflight_tenant_budget")
                    : null;
        if (refusal is not null)
        {
            Give(tenant, bytes);
            _rejected.Add(1, new KeyValuePair<string, object?>("reason", refusal.Reason));
            return false;
        }
        // Approximate on purpose: a lost race understates the peak by one request.
        if (all > Volatile.Read(ref _all.Peak))
            Volatile.Write(ref _all.Peak, all);
        return true;
    }

    /// <summary>Unlike bytes on the wire, unpacked ones have to fit even when nothing else is in flight.</summary>
    private bool TryUnpack(Counter tenant, long before, long bytes, [NotNullWhen(false)] out Refusal? refusal)
    {
        var all = Interlocked.Add(ref _all.Bytes, bytes);
        var own = Interlocked.Add(ref tenant.Bytes, bytes);
        refusal = all > _limit
            ? Refusal.Exhausted($"too many bytes of requests in flight ({all}, budget {_limit})", "inflight_budget")
            : own > _tenantLimit && own > before + bytes
                ? Refusal.Exhausted($"too many bytes of this tenant's requests in flight ({own}, budget {_tenantLimit})", "inflight_tenant_budget")
                : null;
        if (refusal is null)
            return true;
        Give(tenant, bytes);
        _rejected.Add(1, new KeyValuePair<string, object?>("reason", refusal.Reason));
        return false;
    }

    private void Give(Counter tenant, long bytes)
    {
        Interlocked.Add(ref tenant.Bytes, -bytes);
        // Nobody is waiting then, and without further requests nothing else would make the collector give the memory back. It takes as
        // long as there is to look at: no more than a few times the request's own. Not on this stack, which may still refer to the body.
        if (Interlocked.Add(ref _all.Bytes, -bytes) == 0 && bytes >= LargeBytes && GC.GetTotalMemory(forceFullCollection: false) / 4 <= bytes)
            ThreadPool.UnsafeQueueUserWorkItem(static _ => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true), null);
    }

    private sealed class Counter
    {
        public long Bytes;
        public long Peak;
    }

    /// <summary>The bytes counted for one request.</summary>
    public sealed class Ticket : IDisposable
    {
        private readonly Admission _admission;
        private readonly Counter _tenant;
        private long _bytes;

        internal Ticket(Admission admission, object tenant)
        {
            _admission = admission;
            _tenant = (Counter)tenant;
        }

        /// <summary>Takes more bytes, or says why not.</summary>
        public bool TryGrow(long bytes, [NotNullWhen(false)] out Refusal? refusal)
        {
            if (!_admission.TryTake(_tenant, 0, bytes, out refusal))
                return false;
            _bytes += bytes;
            return true;
        }

        /// <summary>Takes bytes for a copy of what was sent, or says why not. A lone request, let in whatever its size, may be copied too.</summary>
        public bool TryCopy(long bytes, [NotNullWhen(false)] out Refusal? refusal)
        {
            if (!_admission.TryTake(_tenant, _bytes, bytes, out refusal))
                return false;
            _bytes += bytes;
            return true;
        }

        /// <summary>Takes bytes that the body unpacks to, or says why not.</summary>
        public bool TryUnpack(long bytes, [NotNullWhen(false)] out Refusal? refusal)
        {
            if (!_admission.TryUnpack(_tenant, _bytes, bytes, out refusal))
                return false;
            _bytes += bytes;
            return true;
        }

        /// <summary>Gives everything back.</summary>
        public void Dispose()
        {
            _admission.Give(_tenant, _bytes);
            _bytes = 0;
        }
    }
}
