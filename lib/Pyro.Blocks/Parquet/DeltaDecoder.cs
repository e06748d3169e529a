using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pyro.Blocks.Parquet;

/// <summary>
/// Reads DELTA_BINARY_PACKED piece by piece. The bytes are given anew with each call, as they may lie in a buffer that moves.
/// </summary>
internal sealed class DeltaDecoder
{
    private const int BlockSizeMax = 65536, MiniBlocksMax = 512, Piece = 32;

    /// <summary>The longest mini-block piece (64 bits), and what the loads of the kernels read past it.</summary>
    private const int PieceBytesMax = 4 * 64, Overread = 32;

    private readonly long[] _held = new long[Piece];
    private readonly byte[] _widths = new byte[MiniBlocksMax];
    private int _position, _left, _heldAt, _heldEnd;
    private int _miniBlocks, _miniBlockSize, _mini, _miniLeft;
    private long _last, _least;
    private bool _first;

    /// <summary>All numbers, as the header says.</summary>
    public int Count { get; private set; }

    /// <summary>Numbers not yet read.</summary>
    public int Left => _left;

    /// <summary>Reads the header.</summary>
    public void Start(ReadOnlySpan<byte> bytes)
    {
        _position = 0;
        ulong blockSize = Varint(bytes), miniBlocks = Varint(bytes), count = Varint(bytes);
        if (blockSize is 0 or > BlockSizeMax || blockSize % 128 != 0 || miniBlocks is 0 or > MiniBlocksMax || blockSize % (miniBlocks * Piece) != 0)
        {
            throw new InvalidDataException($"packed blocks of {blockSize} numbers in {miniBlocks} parts");
        }

        _last = Signed(bytes);

        // A block takes at least a byte for its minimum and one for each width.
        if (count > 1 + (((ulong)(bytes.Length - _position) / (1 + miniBlocks)) * blockSize) || count > int.MaxValue)
        {
            throw new InvalidDataException($"{count} packed numbers do not fit into {bytes.Length} bytes");
        }

        Count = _left = (int)count;
        _first = true;
        _miniBlocks = _mini = (int)miniBlocks;
        _miniBlockSize = (int)(blockSize / miniBlocks);
        _miniLeft = _heldAt = _heldEnd = 0;
    }

    /// <summary>The next numbers.</summary>
    /// <exception cref="InvalidDataException">There are not so many, or they are damaged.</exception>
    public void Read(ReadOnlySpan<byte> bytes, Span<long> into)
    {
        if (into.Length > _left)
        {
            throw new InvalidDataException($"{into.Length} numbers wanted where {_left} are left");
        }

        _left -= into.Length;
        if (_first && !into.IsEmpty)
        {
            into[0] = _last;
            into = into[1..];
            _first = false;
        }

        int held = Math.Min(into.Length, _heldEnd - _heldAt);
        _held.AsSpan(_heldAt, held).CopyTo(into);
        _heldAt += held;
        into = into[held..];
        while (into.Length >= Piece)
        {
            ReadPiece(bytes, ref MemoryMarshal.GetReference(into));
            into = into[Piece..];
        }

        if (!into.IsEmpty)
        {
            ReadPiece(bytes, ref _held[0]);
            _held.AsSpan(0, into.Length).CopyTo(into);
            _heldAt = into.Length;
            _heldEnd = Piece;
        }
    }

    /// <summary>Where the packed numbers end, once all are read: after the last mini-block that any number of them is in.</summary>
    public int Finish(ReadOnlySpan<byte> bytes)
    {
        while (_miniLeft > 0)
        {
            Take(bytes, 4 * _widths[_mini]);
            _miniLeft -= Piece;
        }

        return _position;
    }

    /// <summary>32 numbers: mini-blocks are whole multiples of it.</summary>
    private void ReadPiece(ReadOnlySpan<byte> bytes, ref long into)
    {
        if (_miniLeft == 0)
        {
            NextMiniBlock(bytes);
        }

        _miniLeft -= Piece;
        int width = _widths[_mini];
        if (width == 0)
        {
            _last = Progression(_last, _least, ref into);
            return;
        }

        if (width > 64)
        {
            throw new InvalidDataException($"packed numbers of {width} bits");
        }

        int at = Take(bytes, 4 * width);
        if (bytes.Length - at >= (4 * width) + Overread)
        {
            _last = Unpack(in bytes[at], width, _least, _last, ref into);
            return;
        }

        Span<byte> copy = stackalloc byte[PieceBytesMax + Overread];
        bytes.Slice(at, 4 * width).CopyTo(copy);
        _last = Unpack(in copy[0], width, _least, _last, ref into);
    }

    private void NextMiniBlock(ReadOnlySpan<byte> bytes)
    {
        _miniLeft = _miniBlockSize;
        if (++_mini < _miniBlocks)
        {
            return;
        }

        _mini = 0;
        _least = Signed(bytes);
        int at = Take(bytes, _miniBlocks);
        bytes.Slice(at, _miniBlocks).CopyTo(_widths);
    }

    private int Take(ReadOnlySpan<byte> bytes, int count)
    {
        if (count > bytes.Length - _position)
        {
            throw new InvalidDataException("packed numbers are cut off");
        }

        int at = _position;
        _position += count;
        return at;
    }

    private long Signed(ReadOnlySpan<byte> bytes)
    {
        ulong raw = Varint(bytes);
        return (long)(raw >> 1) ^ -(long)(raw & 1);
    }

    private ulong Varint(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70 && _position < bytes.Length; shift += 7)
        {
            byte b = bytes[_position++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("packed numbers are cut off");
    }

    /// <summary>32 numbers that grow by one step.</summary>
    private static long Progression(long last, long step, ref long into)
    {
        Vector256<long> four = Vector256.Create(last) + Vector256.Create(step, 2 * step, 3 * step, 4 * step);
        Vector256<long> steps = Vector256.Create(4 * step);
        for (int i = 0; i < Piece; i += 4)
        {
            four.StoreUnsafe(ref into, (nuint)i);
            four += steps;
        }

        return last + (Piece * step);
    }

    /// <summary>32 differences of so many bits, each plus the least, summed up; answers the last sum.</summary>
    private static long Unpack(in byte source, int width, long least, long last, ref long into)
    {
        ref byte from = ref Unsafe.AsRef(in source);
        if (Avx2.IsSupported && width <= GroupShuffles.WidthMax)
        {
            return UnpackAvx2(ref from, width, least, last, ref into);
        }

        ulong mask = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        if (width <= 57)
        {
            for (int i = 0, bit = 0; i < Piece; i++, bit += width)
            {
                ulong window = Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref from, (nint)(bit >> 3)));
                last += (long)((window >> (bit & 7)) & mask) + least;
                Unsafe.Add(ref into, i) = last;
            }

            return last;
        }

        for (int i = 0, bit = 0; i < Piece; i++, bit += width)
        {
            ref byte at = ref Unsafe.AddByteOffset(ref from, (nint)(bit >> 3));
            int shift = bit & 7;
            ulong window = Unsafe.ReadUnaligned<ulong>(ref at) >> shift;
            window |= shift == 0 ? 0 : (ulong)Unsafe.AddByteOffset(ref at, 8) << (64 - shift);
            last += (long)(window & mask) + least;
            Unsafe.Add(ref into, i) = last;
        }

        return last;
    }

    /// <summary>Eight at a time: their bytes shuffled to lanes of 32 bits, shifted, masked, summed within four, then on.</summary>
    private static long UnpackAvx2(ref byte from, int width, long least, long last, ref long into)
    {
        Vector256<byte> shuffle = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(GroupShuffles.Bytes), (nuint)(width * 32));
        Vector256<uint> shifts = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(GroupShuffles.Shifts), (nuint)(width * 8));
        Vector256<uint> mask = Vector256.Create((1u << width) - 1);
        Vector256<long> steps = Vector256.Create(least, 2 * least, 3 * least, 4 * least);
        Vector256<long> sum = Vector256.Create(last);
        int upper = width / 2;
        for (int i = 0; i < Piece; i += 8)
        {
            Vector256<byte> raw = Vector256.Create(Vector128.LoadUnsafe(ref from), Vector128.LoadUnsafe(ref from, (nuint)upper));
            Vector256<uint> deltas = Avx2.ShiftRightLogicalVariable(Avx2.Shuffle(raw, shuffle).AsUInt32(), shifts) & mask;
            deltas += Avx2.ShiftLeftLogical128BitLane(deltas, 4);
            deltas += Avx2.ShiftLeftLogical128BitLane(deltas, 8);
            Vector256<long> one = Avx2.ConvertToVector256Int64(deltas.GetLower()) + steps + sum;
            one.StoreUnsafe(ref into, (nuint)i);
            sum = Avx2.Permute4x64(one, 0xFF);
            Vector256<long> two = Avx2.ConvertToVector256Int64(deltas.GetUpper()) + steps + sum;
            two.StoreUnsafe(ref into, (nuint)(i + 4));
            sum = Avx2.Permute4x64(two, 0xFF);
            from = ref Unsafe.Add(ref from, width);
        }

        return sum[0];
    }
}
