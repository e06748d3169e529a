using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3;

/// <summary>A refusal in S3's words.</summary>
/// <param name="status">Of HTTP.</param>
/// <param name="code">S3's.</param>
/// <param name="message">For people.</param>
internal sealed class S3Exception(int status, string code, string message) : Exception(message)
{
    /// <summary>The status of HTTP.</summary>
    public int Status => status;

    /// <summary>S3's code.</summary>
    public string Code => code;

    /// <summary>The region that the request should have been signed for, where that is the fault.</summary>
    public string? Region { get; init; }

    public static S3Exception BadRequest(string code, string message) => new(StatusCodes.Status400BadRequest, code, message);

    public static S3Exception Forbidden(string code, string message) => new(StatusCodes.Status403Forbidden, code, message);

    public static S3Exception InvalidArgument(string message) => BadRequest("InvalidArgument", message);

    public static S3Exception MalformedXml() =>
        BadRequest("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema.");

    public static S3Exception NoSuchBucket() => new(StatusCodes.Status404NotFound, "NoSuchBucket", "The specified bucket does not exist.");

    public static S3Exception NoSuchKey() => new(StatusCodes.Status404NotFound, "NoSuchKey", "The specified key does not exist.");

    public static S3Exception NoSuchUpload() => new(
        StatusCodes.Status404NotFound, "NoSuchUpload",
        "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.");

    public static S3Exception PreconditionFailed() =>
        new(StatusCodes.Status412PreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.");

    public static S3Exception NotImplemented(string what) => new(StatusCodes.Status501NotImplemented, "NotImplemented", $"{what} is not implemented.");

    public static S3Exception TooLarge() => BadRequest("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.");

    public static S3Exception Incomplete() =>
        BadRequest("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header.");
}
