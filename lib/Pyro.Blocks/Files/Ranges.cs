namespace Pyro.Blocks.Files;

/// <summary>Checks of what is asked of a file.</summary>
internal static class Ranges
{
    /// <summary>Refuses what goes beyond the file: whoever asks for it was told of it by damaged bytes.</summary>
    /// <exception cref="DamagedBlockException">It does.</exception>
    public static void Check(IBlockFile file, long offset, int length)
    {
        if (offset < 0 || length > file.Length - offset)
        {
            throw new DamagedBlockException(file.Name, offset, $"{length} bytes are asked for from there on, but there are {file.Length} in all");
        }
    }
}
