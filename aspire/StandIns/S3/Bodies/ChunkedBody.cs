using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Aspire.StandIns.S3.Signatures;

namespace Aspire.StandIns.S3.Bodies;

/// <summary>
/// A body in the encoding <c>aws-chunked</c>: chunks that each begin with their length in hex (and their signature), one of length zero, and
/// perhaps trailers (and their signature). Every signature is checked.
/// </summary>
/// <param name="inner">As it was sent.</param>
/// <param name="signed">What it is signed with.</param>
/// <param name="isSigned">Whether chunks carry signatures.</param>
/// <param name="hasTrailers">Whether trailers may follow.</param>
internal sealed class ChunkedBody(Stream inner, SignedRequest signed, bool isSigned, bool hasTrailers) : IDisposable
{
    private const int MostTrailers = 16;
    private readonly LineStream _lines = new(inner);
    private readonly IncrementalHash _chunk = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<string, string> _trailers = new(StringComparer.OrdinalIgnoreCase);
    private string _previous = signed.Signature;
    private string? _expected;
    private long _left;
    private bool _hasEnded;

    /// <summary>The trailers, once the body has been read to its end.</summary>
    public IReadOnlyDictionary<string, string> Trailers => _trailers;

    /// <summary>Reads content; 0 at the end.</summary>
    public async ValueTask<int> Read(Memory<byte> into, CancellationToken cancellation)
    {
        if (_hasEnded)
            return 0;
        if (_left == 0 && !await NextChunk(cancellation))
        {
            _hasEnded = true;
            return 0;
        }
        var read = await _lines.Read(into[..(int)Math.Min(into.Length, _left)], cancellation);
        if (read == 0)
            throw S3Exception.Incomplete();
        if (isSigned)
            _chunk.AppendData(into.Span[..read]);
        _left -= read;
        if (_left == 0)
            await EndChunk(cancellation);
        return read;
    }

    /// <inheritdoc/>
    public void Dispose() => _chunk.Dispose();

    private async ValueTask<bool> NextChunk(CancellationToken cancellation)
    {
        var line = await _lines.ReadLine(cancellation) ?? throw S3Exception.Incomplete();
        var parts = line.Split(';', 2, StringSplitOptions.TrimEntries);
        if (!long.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left) || _left < 0)
            throw S3Exception.BadRequest("InvalidChunkSizeError", "The length of a chunk cannot be read.");
        const string name = "chunk-signature=";
        _expected = parts is [_, var extension] && extension.StartsWith(name, StringComparison.Ordinal) ? extension[name.Length..] : null;
        if (_left > 0)
            return true;
        VerifyChunk();
        await ReadTrailers(cancellation);
        return false;
    }

    private async ValueTask EndChunk(CancellationToken cancellation)
    {
        VerifyChunk();
        if (await _lines.ReadLine(cancellation) is not "")
            throw S3Exception.Incomplete();
    }

    private void VerifyChunk()
    {
        if (!isSigned)
            return;
        var signature = signed.OfChunk(_previous, Convert.ToHexStringLower(_chunk.GetHashAndReset()));
        if (_expected is null || !SignedRequest.AreEqual(signature, _expected))
            throw Mismatch("a chunk");
        _previous = signature;
    }

    private async ValueTask ReadTrailers(CancellationToken cancellation)
    {
        var canonical = new StringBuilder();
        while (await _lines.ReadLine(cancellation) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':');
            if (!hasTrailers || colon < 1 || _trailers.Count == MostTrailers)
                throw S3Exception.BadRequest("MalformedTrailerError", "The request contained trailing data that was not well-formed.");
            var (name, value) = (line[..colon].Trim().ToLowerInvariant(), line[(colon + 1)..].Trim());
            _trailers[name] = value;
            if (name != "x-amz-trailer-signature")
                canonical.Append(name).Append(':').Append(value).Append('\n');
        }
        if (!isSigned || !hasTrailers)
            return;
        var signature = signed.OfTrailers(_previous, canonical.ToString());
        if (!SignedRequest.AreEqual(signature, _trailers.GetValueOrDefault("x-amz-trailer-signature", "")))
            throw Mismatch("the trailers");
    }

    private static S3Exception Mismatch(string what) =>
        S3Exception.Forbidden("SignatureDoesNotMatch", $"The signature of {what} does not match the one that was calculated.");
}
