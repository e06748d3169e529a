using Pyro.Api.Peers;
using Pyro.Ring;

namespace Pyro.Query.Querier;

/// <summary>One holding as its holder describes it: which series, and how many rows of each.</summary>
public sealed class Described
{
    private readonly List<ulong> _fingerprints = [];
    private readonly List<ulong> _rows = [];
    private readonly List<ulong> _checksums = [];
    private readonly List<bool> _cumulative = [];

    /// <summary>A holding without series so far.</summary>
    public Described(RingMember holder, Holding holding)
    {
        Holder = holder;
        Holding = holding;
    }

    /// <summary>Who has it.</summary>
    public RingMember Holder { get; }

    /// <summary>What it is.</summary>
    public Holding Holding { get; }

    /// <summary>Series described.</summary>
    public int Count => _fingerprints.Count;

    /// <summary>Fingerprint of a series.</summary>
    public ulong Fingerprint(int i) => _fingerprints[i];

    /// <summary>Rows of a series.</summary>
    public ulong Rows(int i) => _rows[i];

    /// <summary>Which rows those are, as a checksum.</summary>
    public ulong Checksum(int i) => _checksums[i];

    /// <summary>Whether replicas of a series may rightly differ.</summary>
    public bool Cumulative(int i) => _cumulative[i];

    /// <summary>Whether its rows may be of the same times as another's.</summary>
    public bool Overlaps(Described other) =>
        Holding.Range is not { } a || other.Holding.Range is not { } b || (a.Start <= b.End && b.Start <= a.End);

    /// <summary>Takes in the next series.</summary>
    /// <exception cref="InvalidDataException">The lists are not parallel.</exception>
    public void Add(SeriesBatch batch)
    {
        var n = batch.Fingerprints.Count;
        if (batch.Rows.Count != n || batch.Checksums.Count != n || batch.Cumulative.Count != n)
        {
            throw new InvalidDataException("a description of series has lists of unequal length");
        }

        _fingerprints.AddRange(batch.Fingerprints);
        _rows.AddRange(batch.Rows);
        _checksums.AddRange(batch.Checksums);
        _cumulative.AddRange(batch.Cumulative);
    }
}
