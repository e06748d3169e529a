using System.Buffers;

namespace Pyro.Profiles.Trees;

/// <summary>
/// The compact form in which a name tree travels between Pyro's processes. Version byte 1; uvarints: names, then their lengths,
/// then their bytes (UTF-8, in the order of their first use); nodes without the root; root's own value (zigzag); then columns with
/// one uvarint a node: how far the parent lies before its predecessor (0: it is the predecessor), how far the name lies before the
/// next new one (0: it is new), own value (zigzag); last the folded values: how many nodes have one, and for each the distance to
/// the node before it and the value (zigzag). Equal trees with nodes in equal order give equal bytes.
/// </summary>
public static class TreeCodec
{
    private const byte Version = 1;
    private const int LeastNodeBytes = 3;

    /// <summary>Writes a tree.</summary>
    public static void Encode(NameTree tree, IBufferWriter<byte> output)
    {
        output.Write([Version]);
        using var rentedOrder = new Rented<int>(tree.NameCount);
        using var rentedPlace = new Rented<int>(tree.NameCount);
        var place = rentedPlace.Span;
        var order = NamesInUse(tree, rentedOrder.Span, place);
        var numbers = new VarintWriter(output);
        numbers.Write((ulong)order.Length);
        foreach (var name in order)
        {
            numbers.Write((ulong)tree.NameBytes(name).Length);
        }

        numbers.End();
        foreach (var name in order)
        {
            output.Write(tree.NameBytes(name));
        }

        numbers.Write((ulong)tree.NodeCount - 1);
        numbers.Write(ZigZag(tree.Self[0]));
        var parents = tree.Parent;
        for (var i = 1; i < parents.Length; i++)
        {
            numbers.Write((ulong)(i - 1 - parents[i]));
        }

        var names = tree.Name;
        var known = 0;
        for (var i = 1; i < names.Length; i++)
        {
            var at = place[names[i]];
            numbers.Write((ulong)(known - at));
            known += at == known ? 1 : 0;
        }

        foreach (var self in tree.Self[1..])
        {
            numbers.Write(ZigZag(self));
        }

        WriteFolded(tree.Folded, ref numbers);
        numbers.End();
    }

    /// <summary>Reads a tree. That siblings have different names is left to who wrote it: to look at it takes an index of all nodes, which one answer alone does not need.</summary>
    /// <exception cref="InvalidDataException">Any length, count or reference is wrong.</exception>
    public static NameTree Decode(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            return Decode(bytes.FirstSpan);
        }

        if (bytes.Length > Array.MaxLength)
        {
            throw new InvalidDataException("the tree is too large");
        }

        using var whole = new Rented<byte>((int)bytes.Length);
        bytes.CopyTo(whole.Span);
        return Decode(whole.Span);
    }

    private static NameTree Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] != Version)
        {
            throw new InvalidDataException("the tree has an unknown version");
        }

        bytes = bytes[1..];
        var tree = new NameTree();
        ReadNames(ref bytes, tree);
        var count = Varint.ReadCount(ref bytes, LeastNodeBytes);
        tree.Self[0] = UnZigZag(Varint.Read(ref bytes));
        ReadNodes(ref bytes, tree, count);
        ReadFolded(ref bytes, tree);
        return bytes.IsEmpty ? tree : throw new InvalidDataException("there are bytes behind the tree");
    }

    private static void ReadNames(ref ReadOnlySpan<byte> bytes, NameTree tree)
    {
        using var rented = new Rented<int>(Varint.ReadCount(ref bytes, 1));
        var lengths = rented.Span;
        for (var i = 0; i < lengths.Length; i++)
        {
            lengths[i] = Varint.ReadCount(ref bytes, 1);
        }

        for (var i = 0; i < lengths.Length; i++)
        {
            if (lengths[i] > bytes.Length)
            {
                throw new InvalidDataException("a name is cut off");
            }

            if (tree.Intern(bytes[..lengths[i]]) != i)
            {
                throw new InvalidDataException("a name comes twice");
            }

            bytes = bytes[lengths[i]..];
        }
    }

    private static void ReadNodes(ref ReadOnlySpan<byte> bytes, NameTree tree, int count)
    {
        using var rented = new Rented<int>(count);
        var parents = rented.Span;
        for (var i = 0; i < count; i++)
        {
            var distance = Varint.Read(ref bytes);
            parents[i] = distance <= (ulong)i ? i - (int)distance : throw new InvalidDataException("a parent comes after its child");
        }

        tree.Reserve(count);
        var known = 0;
        for (var i = 0; i < count; i++)
        {
            var distance = Varint.Read(ref bytes);
            if (distance > (ulong)known || (distance == 0 && known == tree.NameCount))
            {
                throw new InvalidDataException("a node has a name that is not in the table");
            }

            var name = known - (int)distance;
            known += distance == 0 ? 1 : 0;
            _ = tree.Append(parents[i], name);
        }

        var self = tree.Self;
        for (var i = 1; i <= count; i++)
        {
            self[i] = UnZigZag(Varint.Read(ref bytes));
        }
    }

    private static void WriteFolded(ReadOnlySpan<long> folded, ref VarintWriter output)
    {
        output.Write((ulong)(folded.Length - folded.Count(0)));
        var before = 0;
        for (var i = 0; i < folded.Length; i++)
        {
            if (folded[i] != 0)
            {
                output.Write((ulong)(i - before));
                output.Write(ZigZag(folded[i]));
                before = i;
            }
        }
    }

    private static void ReadFolded(ref ReadOnlySpan<byte> bytes, NameTree tree)
    {
        ulong node = 0;
        for (var left = Varint.ReadCount(ref bytes, 2); left > 0; left--)
        {
            var distance = Varint.Read(ref bytes);
            if (distance >= (ulong)tree.NodeCount || (node += distance) >= (ulong)tree.NodeCount)
            {
                throw new InvalidDataException("a folded value belongs to no node");
            }

            tree.Folded[(int)node] = UnZigZag(Varint.Read(ref bytes));
        }
    }

    // Names in the order of their first use, and the place of each in it; names of no node are left out.
    private static ReadOnlySpan<int> NamesInUse(NameTree tree, Span<int> order, Span<int> place)
    {
        place.Fill(-1);
        var n = 0;
        foreach (var name in tree.Name[1..])
        {
            if (place[name] < 0)
            {
                place[name] = n;
                order[n++] = name;
            }
        }

        return order[..n];
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
