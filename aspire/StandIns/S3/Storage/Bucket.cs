using System.Security.Cryptography;
using System.Text;

namespace Aspire.StandIns.S3.Storage;

/// <summary>On what a put depends.</summary>
/// <param name="IfMatch">The ETag that the object has to have; null: any or none.</param>
/// <param name="IfNoneMatch">The ETag that it must not have, or *: none must be there; null: may be.</param>
internal readonly record struct PutCondition(string? IfMatch, string? IfNoneMatch);

/// <summary>
/// A bucket: a folder with one file per object, named by the SHA-256 of its key, so that no key leads out of it. Files appear whole, by renaming;
/// they are not synced, as what stands in for a server on a developer's machine outlives its process and not the machine's fall.
/// </summary>
internal sealed class Bucket
{
    private readonly Lock _lock = new();
    private readonly KeyIndex _index = new();
    private readonly string _objects;
    private bool _isGone;

    private Bucket(string folder)
    {
        Folder = folder;
        _objects = Path.Combine(folder, "objects");
        Temporary = Path.Combine(folder, "temporary");
        Uploads = new(this, Path.Combine(folder, "uploads"));
    }

    /// <summary>The bucket's folder.</summary>
    public string Folder { get; }

    /// <summary>Its name.</summary>
    public string Name => Path.GetFileName(Folder);

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created => new(Directory.GetCreationTimeUtc(Folder), TimeSpan.Zero);

    /// <summary>Where files are written until they are renamed.</summary>
    public string Temporary { get; }

    /// <summary>Its uploads in parts.</summary>
    public Uploads Uploads { get; }

    /// <summary>Opens a bucket, or makes one, and reads what objects it has.</summary>
    public static Bucket Open(string folder)
    {
        var bucket = new Bucket(folder);
        if (Directory.Exists(bucket.Temporary))
            Directory.Delete(bucket.Temporary, recursive: true);
        Directory.CreateDirectory(bucket.Temporary);
        Directory.CreateDirectory(bucket._objects);
        bucket._index.Fill(Directory.EnumerateFiles(bucket._objects, "*", SearchOption.AllDirectories).Select(FactsOf).OfType<ObjectFacts>());
        return bucket;
    }

    /// <summary>The facts of an object, or null.</summary>
    public ObjectFacts? Find(string key)
    {
        lock (_lock)
            return _index.Find(key);
    }

    /// <summary>Opens an object: its file stays as it is while it is open, whatever happens to the key.</summary>
    public (FileStream File, ObjectFacts Facts) Read(string key)
    {
        S3Address.CheckKey(key);
        try
        {
            var file = OpenFile(PathOf(key));
            return (file, ObjectFacts.Read(file));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw S3Exception.NoSuchKey();
        }
    }

    /// <summary>Lists.</summary>
    public KeyPage Page(string prefix, string delimiter, string after, int most)
    {
        lock (_lock)
            return _index.Page(prefix, delimiter, after, most);
    }

    /// <summary>Makes a finished file the object of its key.</summary>
    /// <exception cref="S3Exception">The condition does not hold.</exception>
    public void Put(NewFile file, ObjectFacts facts, PutCondition condition)
    {
        var path = PathOf(facts.Key);
        lock (_lock)
        {
            Check(condition, _index.Find(facts.Key));
            if (_isGone)
                throw S3Exception.NoSuchBucket();
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            file.Keep(path);
            _index.Set(facts);
        }
    }

    /// <summary>Removes an object; that there is none is no fault.</summary>
    public void Delete(string key)
    {
        S3Address.CheckKey(key);
        lock (_lock)
        {
            if (_index.Find(key) is null)
                return;
            File.Delete(PathOf(key));
            _index.Remove(key);
        }
    }

    /// <summary>Removes the bucket.</summary>
    /// <exception cref="S3Exception">It has objects.</exception>
    public void Remove()
    {
        lock (_lock)
        {
            if (_index.Count > 0)
                throw new S3Exception(409, "BucketNotEmpty", "The bucket you tried to delete is not empty.");
            _isGone = true;
            Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>Opens a file of this folder to read.</summary>
    public static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);

    /// <summary>Refuses a put whose condition does not hold.</summary>
    public static void Check(PutCondition condition, ObjectFacts? there)
    {
        if (condition.IfMatch is { } match)
        {
            if (there is null)
                throw S3Exception.NoSuchKey();
            if (match != "*" && match.Trim('"') != there.ETag)
                throw S3Exception.PreconditionFailed();
        }
        if (there is not null && condition.IfNoneMatch is { } none && (none == "*" || none.Trim('"') == there.ETag))
            throw S3Exception.PreconditionFailed();
    }

    private string PathOf(string key)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return Path.Combine(_objects, name[..2], name);
    }

    private static ObjectFacts? FactsOf(string path)
    {
        try
        {
            using var file = OpenFile(path);
            return ObjectFacts.Read(file);
        }
        catch (InvalidDataException e)
        {
            Console.Error.WriteLine($"{e.Message}; it is left out");
            return null;
        }
    }
}
