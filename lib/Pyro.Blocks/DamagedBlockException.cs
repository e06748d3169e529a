namespace Pyro.Blocks;

/// <summary>A file of a block is not what the format says, or not what was written: it is never read on from there.</summary>
/// <param name="file">The file's name.</param>
/// <param name="offset">Where in the file, in bytes; -1: it concerns the file as a whole.</param>
/// <param name="fault">What is wrong, for people.</param>
/// <param name="inner">Where it comes from.</param>
public sealed class DamagedBlockException(string file, long offset, string fault, Exception? inner = null)
    : IOException(offset < 0 ? $"{file}: {fault}" : $"{file} at byte {offset}: {fault}", inner)
{
    /// <summary>The file's name.</summary>
    public string File => file;

    /// <summary>Where in the file, in bytes; -1: it concerns the file as a whole.</summary>
    public long Offset => offset;

    /// <summary>What is wrong.</summary>
    public string Fault => fault;
}
