using System.IO.Hashing;
using System.Numerics;
using Pyro.Memory;

namespace Pyro.Blocks.Parquet;

/// <summary>Numbers or bytes by order of first use, as the dictionary of a chunk.</summary>
internal sealed class ValueDictionary(ParquetColumn column) : IDisposable
{
    private readonly LeaseWriter _plain = new(256);
    private int[] _slots = new int[256], _starts = new int[128];
    private long[] _numbers = new long[128];

    /// <summary>Values.</summary>
    public int Count { get; private set; }

    /// <summary>The values in PLAIN encoding.</summary>
    public ReadOnlySpan<byte> Plain => _plain.Written;

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        _plain.Truncate(0);
        Count = 0;
    }

    /// <summary>The indexes of numbers. Equal ones often follow one another.</summary>
    public void Indexes(ReadOnlySpan<long> values, Span<uint> into)
    {
        long last = 0;
        uint index = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (i == 0 || values[i] != last)
            {
                last = values[i];
                index = (uint)Index(last);
            }

            into[i] = index;
        }
    }

    /// <summary>The index of a number.</summary>
    public int Index(long value)
    {
        int mask = _slots.Length - 1;
        for (int slot = Mix((ulong)value) & mask; ; slot = (slot + 1) & mask)
        {
            int index = _slots[slot] - 1;
            if (index < 0)
            {
                return AddNumber(value, slot);
            }

            if (_numbers[index] == value)
            {
                return index;
            }
        }
    }

    /// <summary>The index of bytes.</summary>
    public int Index(ReadOnlySpan<byte> value)
    {
        int mask = _slots.Length - 1;
        for (int slot = Mix(XxHash3.HashToUInt64(value)) & mask; ; slot = (slot + 1) & mask)
        {
            int index = _slots[slot] - 1;
            if (index < 0)
            {
                return AddBytes(value, slot);
            }

            if (Bytes(index).SequenceEqual(value))
            {
                return index;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _plain.Dispose();

    private int AddNumber(long value, int slot)
    {
        PlainWriter.Number(column, value, _plain);
        if (Count == _numbers.Length)
        {
            Array.Resize(ref _numbers, 2 * Count);
        }

        _numbers[Count] = value;
        return Added(slot);
    }

    private int AddBytes(ReadOnlySpan<byte> value, int slot)
    {
        if (column.Width == 0)
        {
            PlainWriter.Length(value.Length, _plain);
        }

        if (Count == _starts.Length)
        {
            Array.Resize(ref _starts, 2 * Count);
        }

        _starts[Count] = _plain.Length;
        _plain.Write(value);
        return Added(slot);
    }

    private int Added(int slot)
    {
        _slots[slot] = ++Count;
        if (Count * 2 > _slots.Length)
        {
            Grow();
        }

        return Count - 1;
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        int mask = _slots.Length - 1;
        for (int index = 0; index < Count; index++)
        {
            int slot = (column.IsBytes ? Mix(XxHash3.HashToUInt64(Bytes(index))) : Mix((ulong)_numbers[index])) & mask;
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            _slots[slot] = index + 1;
        }
    }

    private ReadOnlySpan<byte> Bytes(int index)
    {
        int start = _starts[index];
        int end = index + 1 < Count ? _starts[index + 1] - (column.Width == 0 ? 4 : 0) : _plain.Length;
        return _plain.Written[start..end];
    }

    private static int Mix(ulong value) => (int)(BitOperations.RotateLeft(value * 0x9E3779B97F4A7C15, 29) & int.MaxValue);
}
