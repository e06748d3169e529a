namespace Pyro.Ring;

/// <summary>Counts per item how many replicas stored it and how many did not.</summary>
internal sealed class QuorumVotes
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Exception?[] _errors;
    private readonly int[] _successesLeft;
    private readonly int[] _failuresLeft;
    private int _undecided;

    public QuorumVotes(IReadOnlyList<ReplicaSet> items)
    {
        _errors = new Exception?[items.Count];
        _successesLeft = new int[items.Count];
        _failuresLeft = new int[items.Count];
        _undecided = items.Count;
        for (var i = 0; i < items.Count; i++)
        {
            _failuresLeft[i] = items[i].MaxErrors + 1;
            _successesLeft[i] = items[i].Members.Count - items[i].MaxErrors;
        }
    }

    /// <summary>Completes when every item has its quorum or cannot get one any more.</summary>
    public Task Decided => _decided.Task;

    /// <summary>For each item the error that made its quorum impossible; complete when <see cref="Decided"/> is.</summary>
    public Exception?[] Errors => _errors;

    /// <summary>Takes the answer of one replica in.</summary>
    public void Count(IReadOnlyList<int> items, IReadOnlyList<Exception?>? errors, Exception? failure)
    {
        lock (_gate)
        {
            for (var i = 0; i < items.Count; i++) CountOne(items[i], failure ?? errors?[i]);
            if (_undecided > 0) return;
        }

        _decided.TrySetResult();
    }

    private void CountOne(int item, Exception? error)
    {
        if (_successesLeft[item] == 0 || _failuresLeft[item] == 0) return;
        if (error is null)
        {
            if (--_successesLeft[item] == 0) _undecided--;
        }
        else if (--_failuresLeft[item] == 0)
        {
            _errors[item] = error;
            _undecided--;
        }
    }
}
