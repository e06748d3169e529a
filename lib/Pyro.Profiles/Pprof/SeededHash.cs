using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pyro.Profiles.Pprof;

/// <summary>
/// A fast hash for tables inside the process (64x64 multiply folded by xor, two lanes), seeded per process because the keys come
/// from outside. Never stored, never sent.
/// </summary>
internal static class SeededHash
{
    private static readonly ulong Seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;

    /// <summary>Hash of bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ulong a = Seed ^ (ulong)bytes.Length, b = a;
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

    /// <summary>Hash of two hashes in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Join(ulong first, ulong second) => Fold(Fold(first ^ Seed, 0x8EBC6AF09C88C6E3) + second, 0x589965CC75374CC3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong x, ulong y)
    {
        ulong high = Math.BigMul(x, y, out ulong low);
        return high ^ low;
    }
}
