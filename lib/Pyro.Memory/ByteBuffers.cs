using System.Buffers;

namespace Pyro.Memory;

/// <summary>
/// Byte arrays of the size of a request, from the shared pool. Large ones are left to the collector: a pool that keeps what one rare
/// profile needed keeps it for ever.
/// </summary>
public static class ByteBuffers
{
    /// <summary>Longer arrays are not pooled.</summary>
    public const int PooledBytesMax = 1 << 20;

    /// <summary>An array of at least so many bytes, with old content.</summary>
    public static byte[] Rent(int bytes) =>
        bytes <= PooledBytesMax ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);

    /// <summary>Gives an array of <see cref="Rent"/> back, once; nobody may hold on to it.</summary>
    public static void Return(byte[] buffer)
    {
        if (buffer.Length <= PooledBytesMax)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
