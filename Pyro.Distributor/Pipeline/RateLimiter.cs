using System.Collections.Concurrent;

namespace Pyro.Distributor.Pipeline;

/// <summary>A token bucket per tenant, in bytes. Buckets that are full again are forgotten, so idle tenants cost nothing.</summary>
internal sealed class RateLimiter(TimeProvider time)
{
    private const int SweepAbove = 1024;

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private int _sweepAt = SweepAbove;

    /// <summary>Takes bytes from a tenant's bucket.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="bytes">How many; more than <paramref name="burst"/> never fit.</param>
    /// <param name="rate">Bytes per second that flow in.</param>
    /// <param name="burst">Bytes that the bucket holds.</param>
    /// <returns>False, and nothing taken, when there are not so many.</returns>
    public bool TryTake(string tenant, long bytes, double rate, double burst)
    {
        if (_buckets.Count > _sweepAt) Sweep();
        var bucket = _buckets.GetOrAdd(tenant, static (_, args) => new Bucket { At = args.Now, Bytes = args.Burst }, (Now: time.GetTimestamp(), Burst: burst));
        lock (bucket)
        {
            var now = time.GetTimestamp();
            bucket.Bytes = Math.Min(burst, bucket.Bytes + (time.GetElapsedTime(bucket.At, now).TotalSeconds * rate));
            bucket.At = now;
            (bucket.Rate, bucket.Burst) = (rate, burst);
            if (bucket.Bytes < bytes) return false;
            bucket.Bytes -= bytes;
            return true;
        }
    }

    private void Sweep()
    {
        foreach (var (tenant, bucket) in _buckets)
        {
            lock (bucket)
            {
                var full = bucket.Bytes + (time.GetElapsedTime(bucket.At).TotalSeconds * bucket.Rate) >= bucket.Burst;
                if (full) _buckets.TryRemove(tenant, out _);
            }
        }

        _sweepAt = Math.Max(SweepAbove, 2 * _buckets.Count);
    }

    private sealed class Bucket
    {
        public long At;
        public double Bytes;
        public double Rate;
        public double Burst;
    }
}
