using System.Buffers;

namespace Pyro.Profiles;

/// <summary>
/// Room for work, taken from the shared pool of arrays and given back when disposed; not to be touched then. Large arrays made anew
/// for every query would each be cleared, and have the whole heap collected every few queries.
/// </summary>
/// <typeparam name="T">Element.</typeparam>
/// <param name="length">Elements.</param>
/// <param name="zeros">Whether they are cleared; otherwise they hold anything.</param>
public sealed class Rented<T>(int length, bool zeros = false) : IDisposable
    where T : unmanaged
{
    private T[] _array = Take(length, zeros);

    /// <summary>Elements.</summary>
    public int Length => length;

    /// <summary>The elements.</summary>
    public Span<T> Span => _array.AsSpan(0, length);

    /// <inheritdoc/>
    public void Dispose()
    {
        var array = Interlocked.Exchange(ref _array, []);
        if (array.Length > 0)
        {
            ArrayPool<T>.Shared.Return(array);
        }
    }

    private static T[] Take(int length, bool zeros)
    {
        var array = ArrayPool<T>.Shared.Rent(length);
        if (zeros)
        {
            array.AsSpan(0, length).Clear();
        }

        return array;
    }
}
