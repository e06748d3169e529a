using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Ring;

namespace Pyro.Query.Querier;

/// <summary>The key of a row: when, and which profile.</summary>
/// <param name="Time">Nanoseconds since the epoch.</param>
/// <param name="Id">The 16 bytes of the profile's id as one number.</param>
public readonly record struct RowKey(long Time, UInt128 Id);

/// <summary>What each holder is to sum so that every row counts once.</summary>
public sealed class SumPlan
{
    // A request may have 16 MiB; half of that leaves room for everything that is not counted here.
    private const long MaxRequestBytes = 8 << 20;
    private const int BytesOfSeries = 14;
    private const int BytesOfKey = 24;

    private readonly Dictionary<(RingMember Holder, ByteString Ulid), List<PlanOfSeries>> _parts = [];
    private readonly HashSet<ByteString> _whole = [];

    /// <summary>Whether there is nothing to sum.</summary>
    public bool IsEmpty => _parts.Count == 0;

    /// <summary>Has every row of a holding summed.</summary>
    public void AddWhole(Described holding)
    {
        Part(holding);
        _whole.Add(holding.Holding.Ulid);
    }

    /// <summary>Has every row of a series of a holding summed.</summary>
    public void AddWhole(Described holding, ulong fingerprint) =>
        Part(holding).Add(new PlanOfSeries { Fingerprint = fingerprint, Whole = true });

    /// <summary>Has the listed rows of a series of a holding summed.</summary>
    public void AddListed(Described holding, ulong fingerprint, IReadOnlyList<RowKey> keys)
    {
        const int MaxKeys = (int)(MaxRequestBytes / BytesOfKey);
        for (var from = 0; from < keys.Count; from += MaxKeys)
        {
            var series = new PlanOfSeries { Fingerprint = fingerprint };
            var ids = new byte[16 * Math.Min(MaxKeys, keys.Count - from)];
            for (var i = 0; i < ids.Length / 16; i++)
            {
                series.Times.Add(keys[from + i].Time);
                System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(ids.AsSpan(16 * i), keys[from + i].Id);
            }

            series.Ids = UnsafeByteOperations.UnsafeWrap(ids);
            Part(holding).Add(series);
        }
    }

    /// <summary>Says of holdings that take no more rows and are summed with every series described that they are summed as a whole.</summary>
    public void Contract(IEnumerable<Described> holdings)
    {
        foreach (var holding in holdings)
        {
            if (!holding.Holding.Open && _parts.TryGetValue((holding.Holder, holding.Holding.Ulid), out var series)
                && series.Count == holding.Count && series.TrueForAll(static s => s.Whole))
            {
                _whole.Add(holding.Holding.Ulid);
            }
        }
    }

    /// <summary>The requests of each holder, none larger than the wire takes.</summary>
    public IEnumerable<(RingMember Holder, List<PlanOfHolding> Plan)> Requests()
    {
        foreach (var parts in _parts.GroupBy(static p => p.Key.Holder))
        {
            var plan = new List<PlanOfHolding>();
            long bytes = 0;
            foreach (var ((_, ulid), series) in parts)
            {
                if (_whole.Contains(ulid))
                {
                    plan.Add(new PlanOfHolding { Ulid = ulid, Whole = true });
                    continue;
                }

                var holding = new PlanOfHolding { Ulid = ulid };
                foreach (var one in series)
                {
                    long size = BytesOfSeries + ((long)one.Times.Count * BytesOfKey);
                    if (bytes > 0 && bytes + size > MaxRequestBytes)
                    {
                        if (holding.Series.Count > 0) plan.Add(holding);
                        yield return (parts.Key, plan);
                        (plan, holding, bytes) = ([], new PlanOfHolding { Ulid = ulid }, 0);
                    }

                    holding.Series.Add(one);
                    bytes += size;
                }

                if (holding.Series.Count > 0) plan.Add(holding);
            }

            yield return (parts.Key, plan);
        }
    }

    private List<PlanOfSeries> Part(Described holding)
    {
        var key = (holding.Holder, holding.Holding.Ulid);
        if (!_parts.TryGetValue(key, out var series)) _parts.Add(key, series = []);
        return series;
    }
}
