using System.Buffers;

namespace Pyro.Profiles.Trees;

/// <summary>
/// Pyroscope's tree bytes (format TREE): pre-order nodes of uvarint name length, name (UTF-8), uvarint self, uvarint child count;
/// the first node is the root, without name and value. Totals are not written.
/// </summary>
public static class PyroscopeTree
{
    private const int LeastNodeBytes = 3;

    /// <summary>Writes a tree, children from the greatest name to the least; an empty tree is zero bytes. What was folded away is written as <c>other</c>.</summary>
    public static void Write(NameTree tree, IBufferWriter<byte> output)
    {
        var cut = TreeCut.Cut(tree, 0);
        if (cut.NodeCount > 1)
        {
            WriteNodes(cut, output);
        }

        cut.DisposeUnless(tree);
    }

    /// <summary>Reads a tree; siblings may come in any order, equal names are summed.</summary>
    /// <exception cref="InvalidDataException">The bytes are no tree.</exception>
    public static NameTree Read(ReadOnlySpan<byte> bytes)
    {
        var tree = new NameTree();
        if (bytes.IsEmpty)
        {
            return tree;
        }

        if (ReadName(ref bytes).Length != 0 || Varint.Read(ref bytes) != 0)
        {
            throw new InvalidDataException("the root of a tree has a name or a value");
        }

        // Nodes whose children are still to come, and how many.
        var open = new Stack<(int Node, int Left)>();
        open.Push((0, Varint.ReadCount(ref bytes, LeastNodeBytes)));
        while (open.TryPop(out var parent))
        {
            if (parent.Left == 0)
            {
                continue;
            }

            open.Push((parent.Node, parent.Left - 1));
            var node = tree.Child(parent.Node, tree.Intern(ReadName(ref bytes)));
            tree.Self[node] += (long)Varint.Read(ref bytes);
            open.Push((node, Varint.ReadCount(ref bytes, LeastNodeBytes)));
        }

        return bytes.IsEmpty ? tree : throw new InvalidDataException("there are bytes behind a tree");
    }

    private static void WriteNodes(NameTree tree, IBufferWriter<byte> output)
    {
        using var children = new SortedChildren(tree);
        var stack = new Stack<int>();
        stack.Push(0);
        while (stack.TryPop(out var node))
        {
            var name = node == 0 ? default : tree.NameBytes(tree.Name[node]);
            Varint.Write(output, (ulong)name.Length);
            output.Write(name);
            Varint.Write(output, node == 0 ? 0 : (ulong)tree.Self[node]);
            var below = children.Of(node);
            Varint.Write(output, (ulong)below.Length);
            foreach (var child in below)
            {
                stack.Push(child);
            }
        }
    }

    private static ReadOnlySpan<byte> ReadName(ref ReadOnlySpan<byte> bytes)
    {
        var length = Varint.ReadCount(ref bytes, 1);
        var name = bytes[..length];
        bytes = bytes[length..];
        return name;
    }
}
