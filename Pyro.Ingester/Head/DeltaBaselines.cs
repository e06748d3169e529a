using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>
/// The highest values seen of a tenant's cumulative series, by stack, across heads: what is stored of such a series is what each
/// profile adds to the one before. Guarded by the tenant's baseline lock.
/// </summary>
public sealed class DeltaBaselines
{
    private readonly Dictionary<ulong, Baseline> _bySeries = [];

    /// <summary>
    /// Replaces the values of a row by their increase since the last profile of the series. Nothing remains of the first profile and
    /// of one in which any value went down (the counter was reset).
    /// </summary>
    /// <param name="fingerprint">The series.</param>
    /// <param name="partition">Where the stack ids belong.</param>
    /// <param name="stacks">Stack ids; equal ones are summed.</param>
    /// <param name="values">Cumulative values in, increases out.</param>
    /// <returns>How many samples remain, at the front of both lists.</returns>
    public int Subtract(ulong fingerprint, Partition partition, Span<int> stacks, Span<long> values)
    {
        var n = SumEqual(stacks, values);
        if (!_bySeries.TryGetValue(fingerprint, out var baseline))
        {
            _bySeries.Add(fingerprint, baseline = new Baseline(partition));
            baseline.Set(stacks[..n], values[..n]);
            return 0;
        }

        baseline.MoveTo(partition);
        return baseline.Subtract(stacks[..n], values[..n]);
    }

    private static int SumEqual(Span<int> stacks, Span<long> values)
    {
        stacks.Sort(values);
        var n = 0;
        for (var i = 0; i < stacks.Length; i++)
        {
            if (n > 0 && stacks[n - 1] == stacks[i])
            {
                values[n - 1] = unchecked(values[n - 1] + values[i]);
            }
            else
            {
                (stacks[n], values[n]) = (stacks[i], values[i]);
                n++;
            }
        }

        return n;
    }

    private sealed class Baseline(Partition partition)
    {
        private Partition _partition = partition;
        private Dictionary<int, long> _highest = [];

        public void Set(ReadOnlySpan<int> stacks, ReadOnlySpan<long> values)
        {
            _highest.Clear();
            for (var i = 0; i < stacks.Length; i++)
            {
                _highest[stacks[i]] = values[i];
            }
        }

        // A new head, or another main binary: the stacks are the same, their ids are not.
        public void MoveTo(Partition partition)
        {
            if (_partition == partition)
            {
                return;
            }

            var view = _partition.View();
            var moved = new Dictionary<int, long>(_highest.Count);
            foreach (var (stack, value) in _highest)
            {
                moved[partition.InternFrom(view, stack)] = value;
            }

            (_partition, _highest) = (partition, moved);
        }

        public int Subtract(Span<int> stacks, Span<long> values)
        {
            for (var i = 0; i < stacks.Length; i++)
            {
                if (_highest.TryGetValue(stacks[i], out var highest) && values[i] < highest)
                {
                    Set(stacks, values);
                    return 0;
                }
            }

            var n = 0;
            for (var i = 0; i < stacks.Length; i++)
            {
                ref var highest = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_highest, stacks[i], out _);
                var increase = values[i] - highest;
                highest = values[i];
                if (increase != 0)
                {
                    (stacks[n], values[n]) = (stacks[i], increase);
                    n++;
                }
            }

            return n;
        }
    }
}
