using System.Runtime.InteropServices;
using Pyro.Blocks.Parquet;
using Pyro.Memory;

namespace Pyro.Blocks.Reading;

/// <summary>Rows one after another that are of one series.</summary>
/// <param name="First">The first.</param>
/// <param name="End">The row after the last.</param>
/// <param name="Series">Which of some series, from 0 on.</param>
internal readonly record struct SeriesRun(int First, int End, int Series);

/// <summary>Some rows of a block with the series of each, ascending.</summary>
/// <param name="memory">Where they are counted before their memory is taken.</param>
internal sealed class SeriesRuns(Reservation memory)
{
    private const long RunBytes = 12;

    // As rows: two lists and two arrays.
    private const long IntervalBytes = 16;

    private readonly List<SeriesRun> _runs = [];

    /// <summary>Where their memory is counted.</summary>
    public Reservation Memory => memory;

    /// <summary>The runs.</summary>
    public ReadOnlySpan<SeriesRun> Runs => CollectionsMarshal.AsSpan(_runs);

    /// <summary>Adds rows behind all others; rows that go on with the last run are joined to it.</summary>
    public void Add(int first, int end, int series)
    {
        if (_runs.Count > 0 && _runs[^1] is var last && last.Series == series && last.End == first)
        {
            _runs[^1] = last with { End = end };
        }
        else
        {
            Reserve(1);
            _runs.Add(new SeriesRun(first, end, series));
        }
    }

    /// <summary>The rows without their series.</summary>
    public RowRanges Rows()
    {
        memory.Take(IntervalBytes * _runs.Count);
        var rows = new RowRanges.Builder();
        foreach (var run in _runs)
        {
            rows.Add(run.First, run.End);
        }

        return rows.Build();
    }

    /// <summary>The runs that satisfy a condition.</summary>
    public SeriesRuns Where(Predicate<SeriesRun> condition)
    {
        var some = new SeriesRuns(memory);
        foreach (var run in _runs)
        {
            if (condition(run))
            {
                some.Reserve(1);
                some._runs.Add(run);
            }
        }

        return some;
    }

    /// <summary>The runs of both; no row is in both.</summary>
    public SeriesRuns With(SeriesRuns other)
    {
        if (other._runs.Count == 0)
        {
            return this;
        }

        var both = new SeriesRuns(memory);
        both.Reserve(_runs.Count + other._runs.Count);
        both._runs.AddRange(_runs);
        both._runs.AddRange(other._runs);
        both._runs.Sort(static (a, b) => a.First.CompareTo(b.First));
        return both;
    }

    private void Reserve(int more)
    {
        if (_runs.Count + more > _runs.Capacity)
        {
            var capacity = Math.Max(2 * _runs.Capacity, Math.Max(4, _runs.Count + more));
            memory.Take(RunBytes * (capacity - _runs.Capacity));
            _runs.Capacity = capacity;
        }
    }
}

/// <summary>Finds the series of rows that come in ascending order.</summary>
internal struct RunCursor(SeriesRuns? runs)
{
    private int _at;

    /// <summary>The run of a row, which must be in one.</summary>
    public SeriesRun Of(int row)
    {
        var all = runs!.Runs;
        while (all[_at].End <= row)
        {
            _at++;
        }

        return all[_at];
    }
}
