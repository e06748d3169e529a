namespace Aspire.StandIns.S3.Storage;

/// <summary>All buckets of a folder, which one process has at a time.</summary>
internal sealed class Buckets : IDisposable
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(20), LockPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly string _folder;
    private readonly FileStream _owned;

    private Buckets(string folder, FileStream owned)
    {
        _folder = folder;
        _owned = owned;
        foreach (var one in Directory.EnumerateDirectories(folder).Where(one => IsName(Path.GetFileName(one))))
            _buckets[Path.GetFileName(one)] = Bucket.Open(one);
    }

    /// <summary>Opens the folder, and waits a while for a process that is about to end.</summary>
    /// <exception cref="IOException">Another process has it.</exception>
    public static async Task<Buckets> Open(string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        for (var waited = TimeSpan.Zero; ; waited += LockPause)
        {
            try
            {
                return new(folder, new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException e)
            {
                if (waited >= LockPatience)
                    throw new IOException($"{folder} is used by another process: {e.Message}", e);
                await Task.Delay(LockPause, cancellation);
            }
        }
    }

    /// <summary>All, by name.</summary>
    public IReadOnlyList<Bucket> All
    {
        get
        {
            lock (_lock)
                return [.. _buckets.Values.OrderBy(bucket => bucket.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>The bucket of a name.</summary>
    /// <exception cref="S3Exception">There is none.</exception>
    public Bucket this[string name]
    {
        get
        {
            lock (_lock)
                return _buckets.GetValueOrDefault(name) ?? throw S3Exception.NoSuchBucket();
        }
    }

    /// <summary>Makes a bucket.</summary>
    public void Create(string name)
    {
        if (!IsName(name))
            throw S3Exception.BadRequest("InvalidBucketName", "The specified bucket is not valid.");
        lock (_lock)
        {
            if (_buckets.ContainsKey(name))
                throw new S3Exception(409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.");
            _buckets[name] = Bucket.Open(Path.Combine(_folder, name));
        }
    }

    /// <summary>Removes an empty bucket.</summary>
    public void Remove(string name)
    {
        lock (_lock)
        {
            this[name].Remove();
            _buckets.Remove(name);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.Dispose();

    /// <summary>S3's rules: 3 to 63 of lower-case letters, digits, dots and hyphens, a letter or digit at both ends, no two dots in a row.</summary>
    private static bool IsName(string name) =>
        name.Length is >= 3 and <= 63 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-') &&
        char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && !name.Contains("..", StringComparison.Ordinal);
}
