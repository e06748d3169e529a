using System.Security.Cryptography;
using System.Text;

namespace Aspire.StandIns.S3.Signatures;

/// <summary>A request whose signature was right, and what the signatures of its chunks are made with.</summary>
/// <param name="Key">The key of that day, region and service.</param>
/// <param name="Time">The request's, as it was signed: <c>yyyyMMddTHHmmssZ</c>.</param>
/// <param name="Scope">Day, region, service and <c>aws4_request</c>.</param>
/// <param name="Signature">Its own, in hex.</param>
/// <param name="Payload">What it says of its body: the SHA-256 in hex, or one of the words of signature version 4.</param>
internal sealed record SignedRequest(byte[] Key, string Time, string Scope, string Signature, string Payload)
{
    /// <summary>The name of the method.</summary>
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>SHA-256 of nothing.</summary>
    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// <summary>The signature of a text, in hex.</summary>
    public static string Sign(byte[] key, string text) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));

    /// <summary>The signature of a chunk.</summary>
    /// <param name="previous">That of the chunk before, of the request for the first one.</param>
    /// <param name="hash">SHA-256 of the chunk's bytes, in hex.</param>
    public string OfChunk(string previous, string hash) => Sign(Key, $"{Algorithm}-PAYLOAD\n{Time}\n{Scope}\n{previous}\n{EmptyHash}\n{hash}");

    /// <summary>The signature of the trailers.</summary>
    /// <param name="previous">That of the last chunk.</param>
    /// <param name="trailers">Each <c>name:value\n</c>, in their order.</param>
    public string OfTrailers(string previous, string trailers) =>
        Sign(Key, $"{Algorithm}-TRAILER\n{Time}\n{Scope}\n{previous}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(trailers)))}");

    /// <summary>Compares signatures without telling by time how much was right.</summary>
    public static bool AreEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
