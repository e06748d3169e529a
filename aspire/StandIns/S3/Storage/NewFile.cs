namespace Aspire.StandIns.S3.Storage;

/// <summary>A file that is being written under a temporary name, and is gone unless it was kept.</summary>
internal sealed class NewFile : IAsyncDisposable
{
    private readonly FileStream _file;
    private bool _isKept;

    public NewFile(string folder) =>
        _file = new(Path.Combine(folder, Guid.NewGuid().ToString("N")), FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 << 10, FileOptions.Asynchronous);

    /// <summary>Adds content.</summary>
    public ValueTask Write(ReadOnlyMemory<byte> content) => _file.WriteAsync(content);

    /// <summary>Ends the content with what is known of it.</summary>
    public async Task Finish(ObjectFacts facts)
    {
        await _file.WriteAsync(facts.ToBytes());
        await _file.DisposeAsync();
    }

    /// <summary>Puts the finished file in its place, over what was there.</summary>
    public void Keep(string path)
    {
        File.Move(_file.Name, path, overwrite: true);
        _isKept = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        if (!_isKept)
            File.Delete(_file.Name);
    }
}
