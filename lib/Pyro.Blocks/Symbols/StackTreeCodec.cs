using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pyro.Blocks.Symbols;

/// <summary>
/// The bytes of a stack tree (block-format 6.2): the nodes in order, two for each group of four numbers, parents as zigzag distances. A
/// group is a byte of four lengths and the numbers in little endian.
/// </summary>
internal static class StackTreeCodec
{
    private const int MaxGroup = 17;

    /// <summary>Most nodes that so many bytes can hold: a group has at least 5.</summary>
    public static long MaxNodes(long bytes) => bytes / 5 * 2;

    /// <summary>Decodes a tree.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="parents">Gets the parent of each node; as long as there are nodes.</param>
    /// <param name="locations">Gets the location of each.</param>
    /// <param name="locationCount">Locations that there are.</param>
    /// <param name="region">Where the bytes lie.</param>
    /// <exception cref="DamagedBlockException">It is no such tree.</exception>
    public static void Decode(ReadOnlySpan<byte> bytes, Span<int> parents, Span<int> locations, int locationCount, in Region region)
    {
        Span<byte> tail = stackalloc byte[2 * MaxGroup];
        int at = 0, last = 0;
        for (var node = 0; node < parents.Length; node += 2)
        {
            scoped ReadOnlySpan<byte> group = bytes[at..];
            if (group.Length < MaxGroup)
            {
                // Loads run up to three bytes past a number.
                tail.Clear();
                group.CopyTo(tail);
                group = tail;
            }

            int lengths = group[0], pos = 1;
            var first = Take(group, ref pos, lengths);
            var firstLocation = Take(group, ref pos, lengths >> 2);
            var second = Take(group, ref pos, lengths >> 4);
            var secondLocation = Take(group, ref pos, lengths >> 6);
            if (pos > bytes.Length - at)
            {
                throw region.Damaged(at, "the stack tree ends too early");
            }

            last = Add(parents, locations, node, last, first, firstLocation, locationCount, region.From(at));
            if (node + 1 < parents.Length)
            {
                last = Add(parents, locations, node + 1, last, second, secondLocation, locationCount, region.From(at));
            }

            at += pos;
        }

        if (at != bytes.Length)
        {
            throw region.Damaged(at, "the stack tree goes on behind its last node");
        }
    }

    /// <summary>Encodes a tree.</summary>
    public static void Encode(StackColumns stacks, IBufferWriter<byte> output)
    {
        var last = 0;
        Span<uint> values = stackalloc uint[4];
        for (var node = 0; node < stacks.Count; node += 2)
        {
            values.Clear();
            for (var i = 0; i < 2 && node + i < stacks.Count; i++)
            {
                var step = stacks.Parent[node + i] - last;
                last = stacks.Parent[node + i];
                values[2 * i] = (uint)(step << 1 ^ step >> 31);
                values[2 * i + 1] = (uint)stacks.Location[node + i];
            }

            Put(values, output);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Take(ReadOnlySpan<byte> group, ref int pos, int length)
    {
        length &= 3;
        var value = BinaryPrimitives.ReadUInt32LittleEndian(group[pos..]) & uint.MaxValue >> (24 - 8 * length);
        pos += length + 1;
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Add(
        Span<int> parents, Span<int> locations, int node, int last, uint step, uint location, int locationCount, in Region region)
    {
        var parent = last + ((int)(step >> 1) ^ -(int)(step & 1));
        if (node == 0 ? parent != -1 : (uint)parent >= (uint)node || location >= (uint)locationCount)
        {
            throw region.Damaged(0, $"node {node} of the stack tree has parent {parent} and location {location} of {locationCount}");
        }

        parents[node] = parent;
        locations[node] = node == 0 ? 0 : (int)location;
        return parent;
    }

    private static void Put(ReadOnlySpan<uint> values, IBufferWriter<byte> output)
    {
        // Stores, too, run past a number.
        var group = output.GetSpan(MaxGroup + 3);
        int lengths = 0, pos = 1;
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            var length = value < 1 << 8 ? 0 : value < 1 << 16 ? 1 : value < 1 << 24 ? 2 : 3;
            lengths |= length << 2 * i;
            BinaryPrimitives.WriteUInt32LittleEndian(group[pos..], value);
            pos += length + 1;
        }

        group[0] = (byte)lengths;
        output.Advance(pos);
    }
}
