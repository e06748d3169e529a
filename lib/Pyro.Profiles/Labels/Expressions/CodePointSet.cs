namespace Pyro.Profiles.Labels.Expressions;

/// <summary>A set of Unicode code points, as ranges.</summary>
internal sealed class CodePointSet
{
    /// <summary>The greatest code point.</summary>
    public const int Last = 0x10FFFF;

    private readonly List<(int First, int Last)> _ranges = [];
    private bool _sorted = true;

    /// <summary>The ranges in ascending order, none touching another.</summary>
    public IReadOnlyList<(int First, int Last)> Ranges
    {
        get
        {
            Sort();
            return _ranges;
        }
    }

    /// <summary>A set of some ranges.</summary>
    public static CodePointSet Of(params ReadOnlySpan<(int First, int Last)> ranges)
    {
        var set = new CodePointSet();
        foreach (var (first, last) in ranges)
        {
            set.Add(first, last);
        }

        return set;
    }

    /// <summary>Adds a range, both ends included.</summary>
    public void Add(int first, int last)
    {
        _ranges.Add((first, last));
        _sorted = false;
    }

    /// <summary>Adds another set, or what is not in it.</summary>
    public void Add(CodePointSet other, bool negated)
    {
        foreach (var (first, last) in negated ? other.Complement().Ranges : other.Ranges)
        {
            Add(first, last);
        }
    }

    /// <summary>All that is not in the set.</summary>
    public CodePointSet Complement()
    {
        var rest = new CodePointSet();
        var next = 0;
        foreach (var (first, last) in Ranges)
        {
            if (first > next)
            {
                rest.Add(next, first - 1);
            }

            next = last + 1;
        }

        if (next <= Last)
        {
            rest.Add(next, Last);
        }

        return rest;
    }

    /// <summary>Whether a code point is in the set.</summary>
    public bool Contains(int codePoint)
    {
        Sort();
        int low = 0, high = _ranges.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint < _ranges[middle].First)
            {
                high = middle - 1;
            }
            else if (codePoint > _ranges[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Sorts and joins the ranges; afterwards several threads may read the set.</summary>
    public void Sort()
    {
        if (_sorted)
        {
            return;
        }

        _ranges.Sort();
        var n = 0;
        foreach (var (first, last) in _ranges.ToArray())
        {
            if (n > 0 && first <= _ranges[n - 1].Last + 1)
            {
                _ranges[n - 1] = (_ranges[n - 1].First, Math.Max(last, _ranges[n - 1].Last));
            }
            else
            {
                _ranges[n++] = (first, last);
            }
        }

        _ranges.RemoveRange(n, _ranges.Count - n);
        _sorted = true;
    }
}
