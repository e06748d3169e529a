using System.Collections.Concurrent;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Appends;

/// <summary>Decoded records whose columns are used again. One that a rare profile made large is let go instead.</summary>
internal sealed class RecordPool
{
    private const long KeptBytesMax = 8 << 20, AllKeptBytesMax = 32 << 20;

    private readonly ConcurrentBag<ProfileRecord> _idle = [];
    private long _kept;

    /// <summary>A record with old content.</summary>
    public ProfileRecord Rent()
    {
        if (!_idle.TryTake(out ProfileRecord? record))
        {
            return new ProfileRecord();
        }

        Interlocked.Add(ref _kept, -record.RetainedBytes);
        return record;
    }

    /// <summary>Gives a record back, once.</summary>
    public void Return(ProfileRecord record)
    {
        // Its strings point into bytes that are somebody else's again.
        record.StringBytes = default;
        long bytes = record.RetainedBytes;
        if (bytes > KeptBytesMax)
        {
            return;
        }

        if (Interlocked.Add(ref _kept, bytes) <= AllKeptBytesMax)
        {
            _idle.Add(record);
        }
        else
        {
            Interlocked.Add(ref _kept, -bytes);
        }
    }
}
