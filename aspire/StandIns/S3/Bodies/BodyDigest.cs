using System.Security.Cryptography;

namespace Aspire.StandIns.S3.Bodies;

/// <summary>All that is computed over a body while it passes: length, MD5, and the checksums that are asked for.</summary>
internal sealed class BodyDigest : IDisposable
{
#pragma warning disable CA5351 // An ETag is an MD5; nothing is protected by it.
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
    private readonly Dictionary<string, Checksum> _checksums;

    /// <summary>Begins it.</summary>
    /// <param name="names">Of checksums.</param>
    public BodyDigest(IEnumerable<string> names) => _checksums = names.Distinct().ToDictionary(name => name, Checksum.Create, StringComparer.Ordinal);

    /// <summary>Bytes until now.</summary>
    public long Length { get; private set; }

    /// <summary>The MD5 until now.</summary>
    public byte[] Md5 => _md5.GetCurrentHash();

    /// <summary>Takes in more bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        _md5.AppendData(bytes);
        foreach (var checksum in _checksums.Values)
            checksum.Append(bytes);
    }

    /// <summary>The checksums in Base64, by name.</summary>
    public Dictionary<string, string> Finish() =>
        _checksums.ToDictionary(one => one.Key, one => Convert.ToBase64String(one.Value.Finish()), StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        _md5.Dispose();
        foreach (var checksum in _checksums.Values)
            checksum.Dispose();
    }
}
