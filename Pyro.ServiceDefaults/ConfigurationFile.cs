namespace Pyro.ServiceDefaults;

/// <summary>Reads the files that people name in settings.</summary>
internal static class ConfigurationFile
{
    private const int MaxBytes = 64 << 20;

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="IOException">It is a directory, too large, absent or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read it.</exception>
    public static byte[] Read(string name)
    {
        if (Directory.Exists(name))
            throw new IOException($"'{name}' is a directory");
        using var file = File.OpenRead(name);
        using var content = new MemoryStream();
        // Devices and files of /proc tell no length.
        var buffer = new byte[64 << 10];
        while (file.Read(buffer) is > 0 and var length)
        {
            content.Write(buffer, 0, length);
            if (content.Length > MaxBytes)
                throw new IOException($"'{name}' has more than {MaxBytes} bytes");
        }
        return content.ToArray();
    }

    /// <summary>The text of a file (UTF-8, or as its byte order mark says); null when there is none.</summary>
    /// <exception cref="IOException">It is a directory, too large or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read it.</exception>
    public static string? ReadText(string name)
    {
        try
        {
            using var reader = new StreamReader(new MemoryStream(Read(name)));
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
