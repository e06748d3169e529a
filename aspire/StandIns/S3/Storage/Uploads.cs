using System.Globalization;
using System.Text.Json;

namespace Aspire.StandIns.S3.Storage;

/// <summary>An upload in parts that has begun.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Key">Key of the object to be.</param>
/// <param name="Begun">When it began.</param>
/// <param name="Headers">Those of the object to be.</param>
internal sealed record Upload(string Id, string Key, DateTimeOffset Begun, IReadOnlyDictionary<string, string> Headers);

/// <summary>The uploads of a bucket: a folder for each, with a file for each part.</summary>
internal sealed class Uploads(Bucket bucket, string folder)
{
    private const string FactsFile = "upload.json";

    /// <summary>Begins one.</summary>
    public async Task<Upload> Begin(string key, DateTimeOffset now, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation)
    {
        S3Address.CheckKey(key);
        var upload = new Upload(Guid.NewGuid().ToString("N"), key, now, headers);
        var staged = Path.Combine(bucket.Temporary, upload.Id);
        Directory.CreateDirectory(staged);
        await File.WriteAllBytesAsync(Path.Combine(staged, FactsFile), JsonSerializer.SerializeToUtf8Bytes(upload), cancellation);
        Directory.CreateDirectory(folder);
        Directory.Move(staged, Path.Combine(folder, upload.Id));
        return upload;
    }

    /// <summary>The upload of a name and key.</summary>
    /// <exception cref="S3Exception">There is none.</exception>
    public Upload Find(string id, string key) =>
        IsId(id) && Read(Path.Combine(folder, id)) is { } upload && upload.Key == key ? upload : throw S3Exception.NoSuchUpload();

    /// <summary>All, by key and time.</summary>
    public IReadOnlyList<Upload> All() => !Directory.Exists(folder) ? [] :
        [.. Directory.EnumerateDirectories(folder).Select(Read).OfType<Upload>().OrderBy(one => one.Key, StringComparer.Ordinal).ThenBy(one => one.Begun)];

    /// <summary>Keeps a finished file as a part, in place of an earlier one of that number.</summary>
    public void Keep(Upload upload, int number, NewFile file)
    {
        try
        {
            file.Keep(PathOf(upload, number));
        }
        catch (DirectoryNotFoundException)
        {
            throw S3Exception.NoSuchUpload();
        }
    }

    /// <summary>The parts that are there, by number.</summary>
    public SortedDictionary<int, ObjectFacts> Parts(Upload upload)
    {
        var parts = new SortedDictionary<int, ObjectFacts>();
        try
        {
            foreach (var path in Directory.EnumerateFiles(Path.Combine(folder, upload.Id)).Where(path => Path.GetFileName(path) != FactsFile))
            {
                using var file = Bucket.OpenFile(path);
                parts[int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)] = ObjectFacts.Read(file);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw S3Exception.NoSuchUpload();
        }
        return parts;
    }

    /// <summary>Opens a part.</summary>
    public FileStream Open(Upload upload, int number)
    {
        try
        {
            return Bucket.OpenFile(PathOf(upload, number));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw S3Exception.NoSuchUpload();
        }
    }

    /// <summary>Forgets an upload and its parts.</summary>
    public void Remove(Upload upload)
    {
        try
        {
            // Away at once, whatever is in it.
            var away = Path.Combine(bucket.Temporary, upload.Id);
            Directory.Move(Path.Combine(folder, upload.Id), away);
            Directory.Delete(away, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another request was faster.
        }
    }

    private string PathOf(Upload upload, int number) => Path.Combine(folder, upload.Id, number.ToString(CultureInfo.InvariantCulture));

    private static bool IsId(string id) => id.Length == 32 && id.All(char.IsAsciiHexDigitLower);

    private static Upload? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Upload>(File.ReadAllBytes(Path.Combine(path, FactsFile)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}
