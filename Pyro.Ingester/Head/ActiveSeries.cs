using Grpc.Core;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>The series of a tenant that were written to lately, against the limit of active series. A series is active for ten minutes.</summary>
public sealed class ActiveSeries(TimeProvider clock)
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PurgeEvery = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, long> _lastUse = [];
    private long _purged = clock.GetTimestamp();

    /// <summary>Counts the series of a record in, unless a new one would go beyond the limit.</summary>
    public AppendOutcome Check(ProfileRecord record, long limit)
    {
        var labels = SeriesLabels.Own;
        labels.Read(record);
        var now = clock.GetTimestamp();
        lock (_lock)
        {
            Purge(now);
            for (var type = 0; type < record.TypeCount; type++)
            {
                labels.Type(type);
                if (_lastUse.Count >= limit && !_lastUse.ContainsKey(labels.Fingerprint))
                {
                    return new AppendOutcome(
                        StatusCode.ResourceExhausted,
                        $"Maximum active series limit exceeded ({_lastUse.Count}/{limit}), reduce the number of active streams (reduce labels or "
                        + "reduce label values), or contact your administrator to see if the limit can be increased");
                }

                _lastUse[labels.Fingerprint] = now;
            }
        }

        return AppendOutcome.Accepted;
    }

    private void Purge(long now)
    {
        if (clock.GetElapsedTime(_purged, now) < PurgeEvery)
        {
            return;
        }

        _purged = now;
        foreach (var (fingerprint, used) in _lastUse)
        {
            if (clock.GetElapsedTime(used, now) > Idle)
            {
                _lastUse.Remove(fingerprint);
            }
        }
    }
}
