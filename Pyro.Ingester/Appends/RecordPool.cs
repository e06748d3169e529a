using System.Collections.Concurrent;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Appends;

/// <summary>Decoded records whose columns are used again. One that a rare profile made large is let go instead.</summary>
internal sealed class RecordPool
{
    private const int KeptMax = 64;
    private const int ColumnLengthMax = 1 << 20;

    private readonly ConcurrentBag<ProfileRecord> _idle = [];

    /// <summary>A record with old content.</summary>
    public ProfileRecord Rent() => _idle.TryTake(out ProfileRecord? record) ? record : new ProfileRecord();

    /// <summary>Gives a record back, once.</summary>
    public void Return(ProfileRecord record)
    {
        // Its strings point into bytes that are somebody else's again.
        record.StringBytes = default;
        if (record.StackLocation.Length <= ColumnLengthMax && record.Values.Length <= ColumnLengthMax && _idle.Count < KeptMax)
        {
            _idle.Add(record);
        }
    }
}
