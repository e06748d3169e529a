using Pyro.Memory;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Appends;

/// <summary>Decoded records whose columns are used again.</summary>
internal sealed class RecordPool
{
    private readonly KeptObjects<ProfileRecord> _kept = new(static record => record.RetainedBytes, eachMax: 8 << 20, allMax: 32 << 20);

    /// <summary>A record with old content.</summary>
    public ProfileRecord Rent() => _kept.Rent();

    /// <summary>Gives a record back, once.</summary>
    public void Return(ProfileRecord record)
    {
        // Its strings point into bytes that are somebody else's again.
        record.StringBytes = default;
        _kept.Return(record);
    }
}
