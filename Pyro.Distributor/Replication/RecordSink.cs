using Pyro.Api.Peers;
using Pyro.Profiles.Records;

namespace Pyro.Distributor.Replication;

/// <summary>A record that waits to be sent.</summary>
/// <param name="Batch">Index of the batch that holds it.</param>
/// <param name="Place">Its place in the batch.</param>
/// <param name="Entry">The profile of the request that it comes from.</param>
/// <param name="Fingerprint">Of its series.</param>
internal readonly record struct SunkRecord(int Batch, int Place, int Entry, ulong Fingerprint);

/// <summary>Takes the encoded records of a request: one batch as a rule, more when one may not be so large.</summary>
internal sealed class RecordSink : IDisposable
{
    private readonly List<AppendBatch> _batches = [];
    private readonly List<SunkRecord> _records = [];
    private readonly AppendBatchBuilder _builder = new();

    /// <summary>The records so far.</summary>
    public IReadOnlyList<SunkRecord> Records => _records;

    /// <summary>Encodes a record; false when it alone is larger than a request may be.</summary>
    public bool Add(ProfileRecord record, ulong fingerprint, int entry)
    {
        if (!TryEncode(record))
        {
            if (_builder.Count == 0) return false;
            _batches.Add(_builder.Build());
            if (!TryEncode(record)) return false;
        }

        _records.Add(new SunkRecord(_batches.Count, _builder.Count - 1, entry, fingerprint));
        return true;
    }

    /// <summary>Moves the records of a profile, all of them, out of another sink.</summary>
    public void Take(RecordSink other)
    {
        var batches = other.Finish();
        foreach (var record in other._records) _records.Add(record with { Batch = record.Batch + _batches.Count });
        _batches.AddRange(batches);
        other._batches.Clear();
        other._records.Clear();
    }

    /// <summary>Forgets the records of a profile that was refused halfway; they stay in the batch but are sent to nobody.</summary>
    public void Drop(int entry) => _records.RemoveAll(r => r.Entry == entry);

    /// <summary>Ends the last batch. The batches are released with the sink.</summary>
    public IReadOnlyList<AppendBatch> Finish()
    {
        if (_builder.Count > 0) _batches.Add(_builder.Build());
        return _batches;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _builder.Dispose();
        foreach (var batch in _batches) batch.Lease.Release();
    }

    private bool TryEncode(ProfileRecord record)
    {
        _builder.Begin();
        RecordCodec.Encode(record, _builder.Output);
        return _builder.End();
    }
}
