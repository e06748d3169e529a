using System.Buffers;
using System.Globalization;
using Aspire.StandIns.S3.Signatures;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Bodies;

/// <summary>What was found of a body that has been read and was right.</summary>
/// <param name="Length">Bytes of content.</param>
/// <param name="Md5">Its MD5.</param>
/// <param name="Checksums">The checksums that came with it, in Base64, by name.</param>
internal sealed record BodyFacts(long Length, byte[] Md5, IReadOnlyDictionary<string, string> Checksums);

/// <summary>The body of a request: decoded while it is read, and compared in the end with all that its headers and trailers say of it.</summary>
internal sealed class RequestBody(HttpRequest request, SignedRequest signed)
{
    private const long Largest = 5L << 30;
    private const int LargestXml = 2 << 20;
    private const int BufferBytes = 64 << 10;

    /// <summary>Whether the checksums of the head are not of this body, but of the object that it is about.</summary>
    public bool IsAboutAnother { get; init; }

    /// <summary>Reads all of it.</summary>
    /// <param name="write">Takes the content.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="S3Exception">It is not what was announced.</exception>
    public async Task<BodyFacts> Read(Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellation)
    {
        using var chunks = Chunks();
        var announced = chunks is null ? request.ContentLength : DecodedLength();
        if (announced is > Largest)
            throw S3Exception.TooLarge();
        using var digest = new BodyDigest(ChecksumNames());
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (await (chunks?.Read(buffer, cancellation) ?? ReadPlain(buffer, cancellation)) is > 0 and var read)
            {
                digest.Append(buffer.AsSpan(0, read));
                if (digest.Length > (announced ?? Largest))
                    throw announced is null ? S3Exception.TooLarge() : S3Exception.Incomplete();
                await write(buffer.AsMemory(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (announced is { } length && length != digest.Length)
            throw S3Exception.Incomplete();
        return Compare(digest, chunks?.Trailers);
    }

    /// <summary>Reads a small one.</summary>
    public async Task<byte[]> ReadXml(CancellationToken cancellation)
    {
        var content = new MemoryStream();
        await Read(part =>
        {
            if (content.Length + part.Length > LargestXml)
                throw S3Exception.BadRequest("MaxMessageLengthExceeded", "Your request was too big.");
            content.Write(part.Span);
            return ValueTask.CompletedTask;
        }, cancellation);
        return content.ToArray();
    }

    private ChunkedBody? Chunks() => signed.Payload switch
    {
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => new(request.Body, signed, isSigned: true, hasTrailers: false),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => new(request.Body, signed, isSigned: true, hasTrailers: true),
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => new(request.Body, signed, isSigned: false, hasTrailers: true),
        "UNSIGNED-PAYLOAD" => null,
        { Length: 64 } => null,
        _ => throw S3Exception.InvalidArgument(
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, " +
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value."),
    };

    private async ValueTask<int> ReadPlain(Memory<byte> into, CancellationToken cancellation)
    {
        try
        {
            return await request.Body.ReadAsync(into, cancellation);
        }
        catch (BadHttpRequestException)
        {
            throw S3Exception.Incomplete();
        }
    }

    private long DecodedLength() =>
        long.TryParse(request.Headers["x-amz-decoded-content-length"], NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length
            : throw new S3Exception(StatusCodes.Status411LengthRequired, "MissingContentLength", "You must provide the x-amz-decoded-content-length HTTP header.");

    private IEnumerable<string> ChecksumNames()
    {
        var trailers = request.Headers["x-amz-trailer"].ToString();
        foreach (var name in IsAboutAnother ? [] : Checksum.Names)
        {
            var header = Checksum.HeaderPrefix + name;
            if (request.Headers.ContainsKey(header) || trailers.Split(',').Any(one => one.Trim().Equals(header, StringComparison.OrdinalIgnoreCase)))
                yield return name;
        }
        if (signed.Payload.Length == 64)
            yield return "sha256";
    }

    private BodyFacts Compare(BodyDigest digest, IReadOnlyDictionary<string, string>? trailers)
    {
        var found = digest.Finish();
        var md5 = digest.Md5;
        if (request.Headers.ContentMD5.ToString() is { Length: > 0 } given && given != Convert.ToBase64String(md5))
            throw S3Exception.BadRequest("BadDigest", "The Content-Md5 you specified did not match what we received.");
        if (signed.Payload.Length == 64 && Convert.ToHexStringLower(Convert.FromBase64String(found["sha256"])) != signed.Payload)
            throw S3Exception.BadRequest("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in found)
        {
            var header = Checksum.HeaderPrefix + name;
            var claimed = request.Headers[header].ToString() is { Length: > 0 } sent ? sent : trailers?.GetValueOrDefault(header);
            if (name == "sha256" && signed.Payload.Length == 64 && (claimed is null || IsAboutAnother))
                continue;
            if (claimed != value)
                throw S3Exception.BadRequest("XAmzContentChecksumMismatch", $"The {name} checksum of the content is {value}, not {claimed ?? "the one that was announced and did not come"}.");
            kept[name] = value;
        }
        return new(digest.Length, md5, kept);
    }
}
