using System.Buffers;
using CsCheck;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Trees;

public class NameTreeTests
{
    [Fact]
    public void Merging_is_adding_all_stacks_to_one_tree() => Gen.Select(RandomTrees.Stacks(), RandomTrees.Stacks()).Sample((a, b) =>
    {
        var merged = RandomTrees.Tree(a);
        merged.Merge(RandomTrees.Tree(b));
        Assert.Equal(RandomTrees.Paths(RandomTrees.Tree([.. a, .. b])), RandomTrees.Paths(merged));
    });

    [Fact]
    public void Merging_adds_what_is_folded()
    {
        var tree = TreeCut.Fold(RandomTrees.Tree([(["a"], 9), (["a", "b"], 1), (["c"], 1)]), 1);
        var merged = RandomTrees.Tree([(["c"], 5)]);
        merged.Merge(tree);
        merged.Merge(tree);
        Assert.Equal(27, merged.Totals()[0]);
        Assert.Equal((0, 2), RandomTrees.Paths(merged)[""]);
        Assert.Equal((18, 2), RandomTrees.Paths(merged)["/a"]);
    }

    [Fact]
    public void Many_nodes_and_names_are_found_again()
    {
        var tree = new NameTree();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 20_000; i++)
            {
                var name = tree.Intern(System.Text.Encoding.UTF8.GetBytes("function number " + (i % 5000)));
                Assert.Equal(i % 5000, name);
                Assert.Equal(i + 1, tree.Child(i / 5000 * 2000, name));
            }
        }

        Assert.Equal(20_001, tree.NodeCount);
        Assert.Equal(4999, tree.FindName("function number 4999"u8));
        Assert.Equal(-1, tree.FindName("function number 5000"u8));
    }

    [Fact]
    public void Appended_nodes_are_found_again()
    {
        var tree = new NameTree();
        var names = Enumerable.Range(0, 50).Select(i => tree.Intern([(byte)i])).ToArray();
        var parents = new List<int> { 0 };
        for (var depth = 0; depth < 3; depth++)
        {
            foreach (var parent in parents.ToArray()[^1..])
            {
                parents.AddRange(names.Select((name, i) => i % 2 == 0 ? tree.Append(parent, name) : tree.Child(parent, name)));
            }
        }

        var count = tree.NodeCount;
        Assert.Equal(151, count);
        for (var node = 1; node < count; node++)
        {
            Assert.Equal(node, tree.Child(tree.Parent[node], tree.Name[node]));
        }

        Assert.Equal(count, tree.NodeCount);
    }

    [Fact]
    public void Names_differ_by_length_and_by_every_byte()
    {
        var tree = new NameTree();
        var names = Enumerable.Range(0, 40).Select(n => new byte[n]).Concat(Enumerable.Range(0, 40).Select(n => { var b = new byte[40]; b[n] = 1; return b; })).ToArray();
        Assert.Equal(names.Length, names.Select(n => tree.Intern(n)).Distinct().Count());
    }

    [Fact]
    public void Trees_travel_unchanged() => Gen.Select(RandomTrees.Stacks(), Gen.Int[0, 20]).Sample((stacks, keep) =>
    {
        var tree = TreeCut.Fold(RandomTrees.Tree(stacks), keep);
        var bytes = Encode(tree);
        var read = TreeCodec.Decode(new ReadOnlySequence<byte>(bytes));
        Assert.Equal(RandomTrees.Paths(tree), RandomTrees.Paths(read));
        Assert.Equal(tree.Parent, read.Parent);
        Assert.Equal(bytes, Encode(read));
        Assert.Equal(bytes, Encode(TreeCodec.Decode(InPieces(bytes))));
    });

    [Fact]
    public void Pyroscopes_bytes_are_read_as_written() => RandomTrees.Stacks().Sample(stacks =>
    {
        var tree = RandomTrees.Tree(stacks);
        var bytes = Write(tree);
        var read = PyroscopeTree.Read(bytes);
        Assert.Equal(RandomTrees.Paths(tree), RandomTrees.Paths(read));
        Assert.Equal(bytes, Write(read));
    });

    [Fact]
    public void Pyroscopes_bytes_are_exact()
    {
        Assert.Empty(Write(new NameTree()));
        Assert.Equal(
            "AAACAWQEAAFhAQIBYwIAAWIDAA==",
            Convert.ToBase64String(Write(RandomTrees.Tree([(["a"], 1), (["a", "b"], 3), (["a", "c"], 2), (["d"], 4)]))));
        var folded = TreeCut.Fold(RandomTrees.Tree([(["a"], 1), (["a", "b"], 3), (["a", "c"], 2), (["d"], 4)]), 1);
        Assert.Equal("AAACBW90aGVyBAABYQEBBW90aGVyBQA=", Convert.ToBase64String(Write(folded)));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("0000")]
    [InlineData("000001")]
    [InlineData("0000010161")]
    [InlineData("00000101610100FF")]
    [InlineData("0161000000")]
    [InlineData("000100")]
    [InlineData("0000FFFFFFFFFFFFFFFFFF01")]
    [InlineData("0000FFFFFFFFFFFFFFFFFFFF01")]
    public void Bad_tree_bytes_are_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => PyroscopeTree.Read(Convert.FromHexString(hex)));

    [Fact]
    public void Any_bytes_are_a_compact_tree_or_refused() => Fuzz.Run("tree codec", [.. Seeds().Select(Encode)], bytes =>
    {
        try
        {
            var tree = TreeCodec.Decode(new ReadOnlySequence<byte>(bytes));
            TreeCodec.Decode(new ReadOnlySequence<byte>(Encode(tree)));
        }
        catch (InvalidDataException)
        {
        }
    });

    [Fact]
    public void Any_bytes_are_a_pyroscope_tree_or_refused() => Fuzz.Run("pyroscope tree", [.. Seeds().Select(Write)], bytes =>
    {
        try
        {
            // Bytes are compared, not paths: names that are no text may differ and yet look the same.
            var written = Write(PyroscopeTree.Read(bytes));
            Assert.Equal(written, Write(PyroscopeTree.Read(written)));
        }
        catch (InvalidDataException)
        {
        }
    });

    private static NameTree[] Seeds()
    {
        var tree = RandomTrees.Tree([(["a", "b", "c"], 1), (["a", "b"], 300), (["main", "other"], 20_000), (["", "ü"], 5)]);
        return [new NameTree(), tree, TreeCut.Fold(tree, 3)];
    }

    private static byte[] Encode(NameTree tree)
    {
        var bytes = new ArrayBufferWriter<byte>();
        TreeCodec.Encode(tree, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] Write(NameTree tree)
    {
        var bytes = new ArrayBufferWriter<byte>();
        PyroscopeTree.Write(tree, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static ReadOnlySequence<byte> InPieces(byte[] bytes)
    {
        var first = new Piece(bytes.AsMemory(0, bytes.Length / 2), 0);
        var last = new Piece(bytes.AsMemory(bytes.Length / 2), bytes.Length / 2);
        first.Link(last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> bytes, long start)
        {
            Memory = bytes;
            RunningIndex = start;
        }

        public void Link(Piece next) => Next = next;
    }
}
