namespace Pyro.Blocks.Files;

/// <summary>
/// A file of a block is not there. Either the block is not whole, or the whole block was removed: its meta.json tells which.
/// </summary>
/// <param name="file">The file's name.</param>
/// <param name="inner">Where it comes from.</param>
public sealed class MissingFileException(string file, Exception? inner = null) : IOException($"{file} {Fault}", inner)
{
    /// <summary>What is wrong with the file, for people.</summary>
    public const string Fault = "is not there";

    /// <summary>The file's name.</summary>
    public string File => file;
}
