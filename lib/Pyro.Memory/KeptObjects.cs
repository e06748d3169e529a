using System.Collections.Concurrent;

namespace Pyro.Memory;

/// <summary>
/// Large objects that are used again, old content and all. What is kept is bounded by bytes, not by number: as many as there are requests at once
/// when they are small, few when they are large, and none that one rare profile made too large.
/// </summary>
/// <param name="bytesOf">Bytes that an object holds on to; the same until it is used again.</param>
/// <param name="eachMax">Bytes of the largest that is kept.</param>
/// <param name="allMax">Bytes of all that are kept.</param>
public sealed class KeptObjects<T>(Func<T, long> bytesOf, long eachMax, long allMax)
    where T : class, new()
{
    private readonly ConcurrentBag<T> _idle = [];
    private long _bytes;
    private int _made;

    /// <summary>Bytes that are kept.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How many were ever made.</summary>
    public int Made => Volatile.Read(ref _made);

    /// <summary>One for the caller alone.</summary>
    public T Rent()
    {
        if (!_idle.TryTake(out var kept))
        {
            Interlocked.Increment(ref _made);
            return new T();
        }

        Interlocked.Add(ref _bytes, -bytesOf(kept));
        return kept;
    }

    /// <summary>Gives one back, once.</summary>
    public void Return(T used)
    {
        var bytes = bytesOf(used);
        if (bytes > eachMax)
        {
            return;
        }

        if (Interlocked.Add(ref _bytes, bytes) <= allMax)
        {
            _idle.Add(used);
        }
        else
        {
            Interlocked.Add(ref _bytes, -bytes);
        }
    }
}
