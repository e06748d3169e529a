using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pyro.Ingester.Head;

/// <summary>
/// The hash of the tables in memory: 64x64 to 128 bit multiplication folded by xor. The seed is random for each process, since the
/// keys come from the network. Never stored and never compared between processes.
/// </summary>
public static class SeededHash
{
    private const ulong K0 = 0x9E3779B97F4A7C15, K1 = 0xA0761D6478BD642F, K2 = 0xE7037ED1A0B428DB;

    /// <summary>Joins two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a ^ K1, b ^ K2, out var low);
        return high ^ low;
    }

    /// <summary>Hashes bytes.</summary>
    public static ulong Bytes(ReadOnlySpan<byte> bytes, ulong seed)
    {
        ref var at = ref MemoryMarshal.GetReference(bytes);
        var n = bytes.Length;
        var h = seed ^ ((ulong)n * K0);
        if (n > 16)
        {
            var i = 0;
            for (; i < n - 16; i += 16)
            {
                h = Mix(Word(ref at, i) ^ h, Word(ref at, i + 8));
            }

            return Mix(Word(ref at, n - 16) ^ h, Word(ref at, n - 8));
        }

        if (n >= 8)
        {
            return Mix(Word(ref at, 0) ^ h, Word(ref at, n - 8));
        }

        ulong small = 0;
        for (var i = 0; i < n; i++)
        {
            small = small << 8 | Unsafe.Add(ref at, i);
        }

        return Mix(small ^ h, K0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ref byte at, int offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, offset));
}
