using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pyro.Profiles;

/// <summary>
/// A fast hash for tables inside the process: 64x64 to 128 bit multiplication folded by xor, in two lanes. Seeded, because the keys
/// come from outside, and only ever multiplied by constants, so that no key chosen outside makes a product zero. Never stored, never sent.
/// </summary>
public static class SeededHash
{
    private static readonly ulong Seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Hash of bytes under the seed of the process.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes) => Of(bytes, Seed);

    /// <summary>Hash of bytes under a seed of the caller's, for tables that are to be the same in every run of a test.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed)
    {
        ulong a = seed ^ (ulong)bytes.Length, b = a;
        while (bytes.Length >= 16)
        {
            a = Fold(a ^ MemoryMarshal.Read<ulong>(bytes), 0xA0761D6478BD642F);
            b = Fold(b ^ MemoryMarshal.Read<ulong>(bytes[8..]), 0xE7037ED1A0B428DB);
            bytes = bytes[16..];
        }

        if (bytes.Length >= 8)
        {
            a = Fold(a ^ MemoryMarshal.Read<ulong>(bytes), 0xA0761D6478BD642F);
            bytes = bytes[8..];
        }

        ulong rest = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            rest |= (ulong)bytes[i] << (8 * i);
        }

        return Join(a ^ rest, b);
    }

    /// <summary>Hash of two words in order; the first has to come from a seed or a hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Join(ulong first, ulong second) => Fold(Fold(first, 0x8EBC6AF09C88C6E3) + second, 0x589965CC75374CC3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong x, ulong y)
    {
        ulong high = Math.BigMul(x, y, out ulong low);
        return high ^ low;
    }
}
