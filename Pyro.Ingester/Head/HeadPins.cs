namespace Pyro.Ingester.Head;

/// <summary>How many batches have chosen a head and are not settled yet; once sealed there are no more of them.</summary>
internal sealed class HeadPins
{
    private const int SealedBit = 1 << 30;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    /// <summary>Whether no pin is given any more.</summary>
    public bool AreSealed => (Volatile.Read(ref _state) & SealedBit) != 0;

    /// <summary>Takes a pin, unless sealed.</summary>
    public bool TryPin()
    {
        for (var state = Volatile.Read(ref _state); ;)
        {
            if ((state & SealedBit) != 0)
            {
                return false;
            }

            var before = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (before == state)
            {
                return true;
            }

            state = before;
        }
    }

    /// <summary>Gives a pin back.</summary>
    public void Unpin()
    {
        if (Interlocked.Decrement(ref _state) == SealedBit)
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>Gives no more pins; completes when all are back.</summary>
    public Task Seal()
    {
        if ((Interlocked.Or(ref _state, SealedBit) & ~SealedBit) == 0)
        {
            _drained.TrySetResult();
        }

        return _drained.Task;
    }
}
