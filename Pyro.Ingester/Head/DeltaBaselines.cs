using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
    /// of one in which any value went down (the counter was reset). As in Pyroscope a stack that comes twice in a profile is compared
    /// twice, so that different values of one stack are a reset.
    /// </summary>
    /// <param name="fingerprint">The series.</param>
    /// <param name="partition">Where the stack ids belong.</param>
    /// <param name="stacks">Stack ids.</param>
    /// <param name="values">Cumulative values in, increases out.</param>
    /// <returns>How many samples remain, at the front of both lists.</returns>
    public int Subtract(ulong fingerprint, Partition partition, Span<int> stacks, Span<long> values)
    {
        if (_bySeries.TryGetValue(fingerprint, out var baseline))
        {
            baseline.MoveTo(partition);
            return baseline.Subtract(stacks, values);
        }

        _bySeries.Add(fingerprint, baseline = new Baseline(partition));
        baseline.Set(stacks, values);
        return 0;
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
            var increases = ArrayPool<long>.Shared.Rent(values.Length);
            try
            {
                if (!TryRaise(stacks, values, increases))
                {
                    Set(stacks, values);
                    return 0;
                }

                return Keep(stacks, values, increases);
            }
            finally
            {
                ArrayPool<long>.Shared.Return(increases);
            }
        }

        private bool TryRaise(ReadOnlySpan<int> stacks, ReadOnlySpan<long> values, Span<long> increases)
        {
            for (var i = 0; i < stacks.Length; i++)
            {
                ref var highest = ref CollectionsMarshal.GetValueRefOrNullRef(_highest, stacks[i]);
                if (Unsafe.IsNullRef(ref highest))
                {
                    increases[i] = values[i];
                    continue;
                }

                increases[i] = values[i] - highest;
                if (increases[i] < 0)
                {
                    return false;
                }

                highest = values[i];
            }

            return true;
        }

        private int Keep(Span<int> stacks, Span<long> values, ReadOnlySpan<long> increases)
        {
            var n = 0;
            for (var i = 0; i < stacks.Length; i++)
            {
                _highest[stacks[i]] = values[i];
                if (increases[i] != 0)
                {
                    (stacks[n], values[n]) = (stacks[i], increases[i]);
                    n++;
                }
            }

            return n;
        }
    }
}
