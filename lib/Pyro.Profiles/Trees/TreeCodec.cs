using System.Buffers;

namespace Pyro.Profiles.Trees;

/// <summary>The compact form in which a name tree travels between Pyro's processes: columns, ids kept dense.</summary>
public static class TreeCodec
{
    /// <summary>Writes a tree.</summary>
    public static void Encode(NameTree tree, IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <summary>Reads a tree.</summary>
    /// <exception cref="InvalidDataException">Any length, count or reference is wrong.</exception>
    public static NameTree Decode(ReadOnlySequence<byte> bytes) => throw new NotImplementedException();
}
