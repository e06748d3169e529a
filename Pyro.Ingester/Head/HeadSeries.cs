using Pyro.Profiles.Labels;

namespace Pyro.Ingester.Head;

/// <summary>A series of a head: its labels and what its rows come to. The figures change under the tenant's row lock.</summary>
public sealed class HeadSeries(int id, ulong fingerprint, LabelSet labels, int[] labelIds)
{
    private int[] _rows = new int[2];
    private int _rowCount;

    /// <summary>Dense id in its head.</summary>
    public int Id => id;

    /// <summary>Fingerprint of the labels.</summary>
    public ulong Fingerprint => fingerprint;

    /// <summary>The labels in stored order.</summary>
    public LabelSet Labels => labels;

    /// <summary>Name and value ids in the head's index, in turn, in stored order.</summary>
    public int[] LabelIds => labelIds;

    /// <summary>Whether values of any row are what remains of a cumulative counter.</summary>
    public bool Cumulative { get; private set; }

    /// <summary>Oldest row, ms since the epoch.</summary>
    public long MinMillis { get; private set; } = long.MaxValue;

    /// <summary>Newest row, ms since the epoch.</summary>
    public long MaxMillis { get; private set; } = long.MinValue;

    /// <summary>Sum of the rows' key hashes.</summary>
    public ulong Checksum { get; private set; }

    /// <summary>Its rows until now, ascending.</summary>
    public ReadOnlySpan<int> Rows
    {
        get
        {
            // The count first: the array never shrinks and its prefix never changes.
            var count = Volatile.Read(ref _rowCount);
            return Volatile.Read(ref _rows).AsSpan(0, count);
        }
    }

    /// <summary>The id of its value of a label name, or -1.</summary>
    public int ValueId(int nameId)
    {
        for (var i = 0; i < labelIds.Length; i += 2)
        {
            if (labelIds[i] == nameId)
            {
                return labelIds[i + 1];
            }
        }

        return -1;
    }

    /// <summary>Counts a row in.</summary>
    public void Add(int row, long millis, ulong keyHash, bool cumulative)
    {
        if (_rowCount == _rows.Length)
        {
            var rows = new int[_rows.Length * 2];
            _rows.CopyTo(rows, 0);
            Volatile.Write(ref _rows, rows);
        }

        _rows[_rowCount] = row;
        Volatile.Write(ref _rowCount, _rowCount + 1);
        MinMillis = Math.Min(MinMillis, millis);
        MaxMillis = Math.Max(MaxMillis, millis);
        Checksum += keyHash;
        Cumulative |= cumulative;
    }
}

/// <summary>What the rows of a series come to.</summary>
/// <param name="Rows">How many.</param>
/// <param name="Checksum">Sum of their key hashes.</param>
/// <param name="MinMillis">Oldest, ms since the epoch.</param>
/// <param name="MaxMillis">Newest, ms since the epoch.</param>
public readonly record struct SeriesFigures(ulong Rows, ulong Checksum, long MinMillis, long MaxMillis);
