namespace Pyro.Ingester.Head;

/// <summary>
/// A column that only grows, in slabs of a fixed size: nothing but the first slab is ever copied, and what was written never moves
/// or changes. One writer at a time (the owner's lock); readers take a <see cref="SlabView{T}"/> under that lock and read on
/// without it.
/// </summary>
/// <typeparam name="T">Element.</typeparam>
public sealed class Slabs<T>
    where T : unmanaged
{
    /// <summary>log2 of the elements in a slab.</summary>
    public const int Shift = 14;

    private const int SlabSize = 1 << Shift;
    private const int FirstSize = 32;
    private T[][] _slabs = [[]];

    /// <summary>Elements written.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes allocated.</summary>
    public unsafe long Bytes { get; private set; }

    /// <summary>Element i.</summary>
    public ref T this[int i] => ref _slabs[i >> Shift][i & (SlabSize - 1)];

    /// <summary>What is written until now.</summary>
    public SlabView<T> View => new(_slabs, Count);

    /// <summary>Appends an element.</summary>
    public void Add(T value)
    {
        var slab = Count >> Shift;
        var at = Count & (SlabSize - 1);
        if (slab == _slabs.Length || at == _slabs[slab].Length)
        {
            Grow(slab);
        }

        _slabs[slab][at] = value;
        Count++;
    }

    // The directory is replaced, never changed: views that readers hold keep their slabs.
    private unsafe void Grow(int slab)
    {
        var size = slab > 0 ? SlabSize : Math.Min(SlabSize, Math.Max(FirstSize, _slabs[0].Length * 2));
        var fresh = GC.AllocateUninitializedArray<T>(size);
        var slabs = new T[Math.Max(_slabs.Length, slab + 1)][];
        _slabs.CopyTo(slabs, 0);
        if (slab == 0)
        {
            _slabs[0].CopyTo(fresh, 0);
            Bytes = 0;
        }

        slabs[slab] = fresh;
        Bytes += (long)size * sizeof(T);
        _slabs = slabs;
    }
}

/// <summary>The first <see cref="Count"/> elements of a column as they stood at one moment.</summary>
/// <typeparam name="T">Element.</typeparam>
public readonly struct SlabView<T>(T[][] slabs, int count)
    where T : unmanaged
{
    /// <summary>Elements in the view.</summary>
    public int Count => count;

    /// <summary>Element i.</summary>
    public T this[int i] => slabs[i >> Slabs<T>.Shift][i & ((1 << Slabs<T>.Shift) - 1)];

    /// <summary>The elements of the slab that begins at element <paramref name="start"/>, a multiple of the slab size.</summary>
    public ReadOnlySpan<T> Slab(int start) =>
        slabs[start >> Slabs<T>.Shift].AsSpan(0, Math.Min(count - start, 1 << Slabs<T>.Shift));
}
