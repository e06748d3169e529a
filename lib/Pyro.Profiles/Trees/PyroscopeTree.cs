using System.Buffers;

namespace Pyro.Profiles.Trees;

/// <summary>Pyroscope's tree bytes (format TREE): pre-order nodes of uvarint name length, name, uvarint self, uvarint child count.</summary>
public static class PyroscopeTree
{
    /// <summary>Writes a tree, children from the greatest name to the least; an empty tree is zero bytes.</summary>
    public static void Write(NameTree tree, IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <summary>Reads a tree.</summary>
    /// <exception cref="InvalidDataException">The bytes are no tree.</exception>
    public static NameTree Read(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();
}
