using System.Buffers.Binary;
using System.Text.Json;

namespace Aspire.StandIns.S3.Storage;

/// <summary>What is known of an object or of a part of an upload.</summary>
/// <param name="Key">Its key; of a part: that of the object to be.</param>
/// <param name="Length">Bytes of content.</param>
/// <param name="ETag">Without quotes.</param>
/// <param name="Modified">When it was put.</param>
/// <param name="Headers">Those that it is answered with: its type and the like, and the user's metadata.</param>
/// <param name="Checksums">In Base64, by name.</param>
internal sealed record ObjectFacts(
    string Key, long Length, string ETag, DateTimeOffset Modified, IReadOnlyDictionary<string, string> Headers, IReadOnlyDictionary<string, string> Checksums)
{
    private const int TrailerBytes = 12, LongestFacts = 1 << 20;
    private static ReadOnlySpan<byte> Magic => "S3object"u8;

    /// <summary>
    /// What is written after the content, so that one file and one renaming make an object: these facts as JSON, the length of that in four
    /// bytes, little endian, and eight bytes by which the file is known.
    /// </summary>
    public byte[] ToBytes()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this);
        var bytes = new byte[json.Length + TrailerBytes];
        json.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(json.Length), json.Length);
        Magic.CopyTo(bytes.AsSpan(json.Length + sizeof(int)));
        return bytes;
    }

    /// <summary>Reads them from the end of a file.</summary>
    /// <exception cref="InvalidDataException">The file is no object.</exception>
    public static ObjectFacts Read(FileStream file)
    {
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        if (file.Length < TrailerBytes || RandomAccess.Read(file.SafeFileHandle, trailer, file.Length - TrailerBytes) != TrailerBytes || !trailer[sizeof(int)..].SequenceEqual(Magic))
            throw Damaged(file);
        var length = BinaryPrimitives.ReadInt32LittleEndian(trailer);
        var begin = file.Length - TrailerBytes - length;
        if (length is <= 0 or > LongestFacts || begin < 0)
            throw Damaged(file);
        var json = new byte[length];
        if (RandomAccess.Read(file.SafeFileHandle, json, begin) != length)
            throw Damaged(file);
        try
        {
            return JsonSerializer.Deserialize<ObjectFacts>(json) is { Key: not null, ETag: not null, Headers: not null, Checksums: not null } facts && facts.Length == begin
                ? facts : throw Damaged(file);
        }
        catch (JsonException)
        {
            throw Damaged(file);
        }
    }

    private static InvalidDataException Damaged(FileStream file) => new($"{file.Name} is no object or was damaged");
}
