using System.Runtime.InteropServices;

namespace Pyro.Blocks.Answers;

/// <summary>Sum and count of one group by step: a dense list when the grid is short, else only the steps that have rows.</summary>
public sealed class PointCells
{
    private const long MaxDense = 16 * 1024;
    private const long DenseBytes = 16;

    // An entry of a dictionary with its bucket, and what its growth leaves free.
    private const long SparseBytes = 64;
    private const int SparseAtOnce = 1024;
    private readonly SumMemory _memory;
    private readonly (long Sum, ulong Count)[]? _dense;
    private readonly Dictionary<long, (long Sum, ulong Count)>? _sparse;

    private int _sparseCounted;

    /// <summary>Empty cells for a grid.</summary>
    /// <param name="steps">Length of the grid.</param>
    /// <param name="memory">Where the cells are counted.</param>
    /// <exception cref="Grpc.Core.RpcException">resource_exhausted: they are beyond the budget.</exception>
    public PointCells(long steps, SumMemory memory)
    {
        _memory = memory;
        if (steps <= MaxDense)
        {
            memory.Reserve(DenseBytes * steps);
            _dense = new (long, ulong)[steps];
        }
        else
        {
            _sparse = [];
        }
    }

    /// <summary>Adds a row.</summary>
    /// <exception cref="Grpc.Core.RpcException">resource_exhausted: its cell is beyond the budget.</exception>
    public void Add(long step, long value)
    {
        if (_sparse?.Count >= _sparseCounted)
        {
            _memory.Reserve(SparseBytes * SparseAtOnce);
            _sparseCounted += SparseAtOnce;
        }

        ref var cell = ref _dense is not null ? ref _dense[step] : ref CollectionsMarshal.GetValueRefOrAddDefault(_sparse!, step, out _);
        cell.Sum = unchecked(cell.Sum + value);
        cell.Count++;
    }

    /// <summary>The steps that have rows, ascending.</summary>
    public IEnumerable<(long Step, long Sum, ulong Count)> NonEmpty()
    {
        if (_dense is null)
        {
            foreach (var (step, cell) in _sparse!.OrderBy(static c => c.Key))
            {
                yield return (step, cell.Sum, cell.Count);
            }

            yield break;
        }

        for (var step = 0; step < _dense.Length; step++)
        {
            if (_dense[step].Count > 0)
            {
                yield return (step, _dense[step].Sum, _dense[step].Count);
            }
        }
    }
}
