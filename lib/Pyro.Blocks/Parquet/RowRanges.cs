namespace Pyro.Blocks.Parquet;

/// <summary>Rows of a file as ascending intervals that neither overlap nor touch. Rows are counted over all row groups.</summary>
public sealed class RowRanges
{
    private readonly int[] _firsts, _ends;

    private RowRanges(int[] firsts, int[] ends)
    {
        (_firsts, _ends) = (firsts, ends);
        for (int i = 0; i < firsts.Length; i++)
        {
            Rows += ends[i] - firsts[i];
        }
    }

    /// <summary>No rows.</summary>
    public static RowRanges None { get; } = new([], []);

    /// <summary>Rows in all.</summary>
    public int Rows { get; }

    /// <summary>Intervals.</summary>
    public int Count => _firsts.Length;

    /// <summary>One interval: its first row, and the row after its last.</summary>
    public (int First, int End) this[int index] => (_firsts[index], _ends[index]);

    /// <summary>The first so many rows.</summary>
    public static RowRanges All(int rows) => Between(0, rows);

    /// <summary>The rows from one on and before another.</summary>
    public static RowRanges Between(int first, int end) => first < end ? new([first], [end]) : None;

    /// <summary>Whether any row from one on and before another is among them.</summary>
    public bool Intersects(long first, long end)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = _ends[middle] > first ? (low, middle) : (middle + 1, high);
        }

        return low < Count && _firsts[low] < end;
    }

    /// <summary>The rows that are in both.</summary>
    public RowRanges Intersect(RowRanges other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var both = new Builder();
        for (int i = 0, j = 0; i < Count && j < other.Count;)
        {
            both.Add(Math.Max(_firsts[i], other._firsts[j]), Math.Min(_ends[i], other._ends[j]));
            if (_ends[i] < other._ends[j])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return both.Build();
    }

    /// <summary>Collects intervals in ascending order.</summary>
    public sealed class Builder
    {
        private readonly List<int> _firsts = [], _ends = [];

        /// <summary>Adds the rows from one on and before another, which may touch or overlap the ones before; none when empty.</summary>
        /// <exception cref="ArgumentException">They begin before the last ones that were added.</exception>
        public void Add(int first, int end)
        {
            if (first >= end)
            {
                return;
            }

            if (_firsts.Count > 0 && first < _firsts[^1])
            {
                throw new ArgumentException("rows are added in ascending order", nameof(first));
            }

            if (_firsts.Count > 0 && first <= _ends[^1])
            {
                _ends[^1] = Math.Max(_ends[^1], end);
                return;
            }

            _firsts.Add(first);
            _ends.Add(end);
        }

        /// <summary>The rows added so far.</summary>
        public RowRanges Build() => new([.. _firsts], [.. _ends]);
    }
}
