using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;

namespace Pyro.ObjectStore.S3;

/// <summary>Says what an error of S3 means, as exactly as it tells, and which setting to look at.</summary>
internal sealed class S3Faults(S3Options options, string store, TimeProvider time)
{
    private const string Endpoint = "storage.s3.endpoint", Region = "storage.s3.region", Bucket = "storage.s3.bucket_name",
        AccessKey = "storage.s3.access_key_id", SecretKey = "storage.s3.secret_access_key", Insecure = "storage.s3.insecure";

    private volatile bool _speaksHttp;

    /// <summary>An answer in HTTP came: what ends without one from now on was broken off.</summary>
    public void Answered() => _speaksHttp = true;

    /// <summary>Whether an error is the caller's own end of waiting, which is no fault of the store.</summary>
    public static bool IsCancelled(Exception error, CancellationToken cancellation) =>
        error is OperationCanceledException && cancellation.IsCancellationRequested;

    /// <summary>The error of the seam for one of the SDK.</summary>
    /// <param name="error">What the SDK threw.</param>
    /// <param name="what">What was asked for: read, write, list, delete.</param>
    /// <param name="key">Of which object or prefix.</param>
    public ObjectStoreException Explain(Exception error, string what, string key)
    {
        if (error is ObjectStoreException known)
        {
            return known;
        }

        if (error is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound, ErrorCode: "NoSuchKey" or "NotFound" or "" or null })
        {
            return new ObjectNotFoundException(key, error);
        }

        if (error is AmazonS3Exception { StatusCode: HttpStatusCode.PreconditionFailed })
        {
            return new ObjectExistsException(key, error);
        }

        (StoreFault fault, string cause, string? setting) = CauseOf(error);
        string hint = setting is null ? "" : $", see {setting}";
        return new ObjectStoreException(fault, $"{store}: cannot {what} '{key}': {cause}{hint}", error) { Setting = setting };
    }

    private (StoreFault Fault, string Cause, string? Setting) CauseOf(Exception error)
    {
        // Connections first: the SDK wraps their errors in those of the service.
        for (Exception? at = error; at is not null; at = at.InnerException)
        {
            switch (at)
            {
                case AuthenticationException tls:
                    return OfTls(tls);
                case SocketException socket:
                    return OfSocket(socket);
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } when options.IsHttp:
                case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } when options.IsHttp && !_speaksHttp:
                    return (StoreFault.Unavailable, "no answer in HTTP came; the endpoint may speak TLS", Insecure);
                case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return (StoreFault.Unavailable, "the connection ended before the answer did", null);
                case OperationCanceledException:
                    return (StoreFault.Unavailable, $"{Where} did not answer in time", Endpoint);
            }
        }

        return error switch
        {
            AmazonServiceException service => OfService(service),
            HttpRequestException http => (StoreFault.Unavailable, $"{Where}: {http.Message}", Endpoint),
            IOException io => (StoreFault.Unavailable, $"the connection broke: {io.Message}", null),
            // The SDK tells in lines of their own what each of the places said where it looked.
            AmazonClientException => (StoreFault.Denied, $"no credentials: {string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}", AccessKey),
            _ => (StoreFault.Unavailable, error.Message, null),
        };
    }

    private string Where => options.Endpoint.Length > 0 ? options.Endpoint : $"AWS in {options.Region}";

    private (StoreFault, string, string?) OfTls(AuthenticationException error) =>
        error.Message.Contains("frame", StringComparison.OrdinalIgnoreCase)
            ? (StoreFault.Misconfigured, "the endpoint speaks plain HTTP, not TLS", Insecure)
            : (StoreFault.Misconfigured, $"the certificate of {Where} is not to be trusted ({error.Message})", "storage.s3.http.insecure_skip_verify");

    private (StoreFault, string, string?) OfSocket(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
            (StoreFault.Unavailable, $"the name of {Where} is not known{(options.UsesPathStyle ? "" : $" (asked for with the bucket before it, see also storage.s3.force_path_style)")}", Endpoint),
        SocketError.ConnectionRefused => (StoreFault.Unavailable, $"nobody listens at {Where}", Endpoint),
        SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable =>
            (StoreFault.Unavailable, $"{Where} cannot be reached", Endpoint),
        SocketError.ConnectionReset => (StoreFault.Unavailable, "the connection was broken off", null),
        _ => (StoreFault.Unavailable, $"{Where}: {error.Message}", Endpoint),
    };

    private (StoreFault Fault, string Cause, string? Setting) OfService(AmazonServiceException error)
    {
        string code = error.ErrorCode ?? "", told = $"{(code.Length > 0 ? code : ((int)error.StatusCode).ToString())}: {error.Message}";

        // To HEAD there is no body that could tell more; the SDK makes a code of the status then.
        told = code == error.StatusCode.ToString() ? $"{(int)error.StatusCode}, without a reason" : told;
        return code switch
        {
            "NoSuchBucket" => (StoreFault.Misconfigured, $"there is no bucket '{options.Bucket}' (-storage.s3.create-bucket makes it)", Bucket),
            "InvalidBucketName" => (StoreFault.Misconfigured, $"'{options.Bucket}' is no name of a bucket", Bucket),
            "InvalidAccessKeyId" => (StoreFault.Denied, $"the store does not know the access key '{options.AccessKey}'", AccessKey),
            "SignatureDoesNotMatch" => (StoreFault.Denied, $"the secret key is not that of the access key '{options.AccessKey}'", SecretKey),
            "ExpiredToken" or "InvalidToken" or "TokenRefreshRequired" => (StoreFault.Denied, $"the temporary credentials are no longer valid ({told})", AccessKey),
            "RequestTimeTooSkewed" or "RequestExpired" or "RequestInTheFuture" => (StoreFault.Denied, Skew(error), null),
            "AuthorizationHeaderMalformed" or "AuthorizationQueryParametersError" or "PermanentRedirect" or "TemporaryRedirect"
                or "IllegalLocationConstraintException" or "InvalidRegion" or "InvalidLocationConstraint" => (StoreFault.Misconfigured, OtherRegion(error, told), Region),
            "SlowDown" or "SlowDownRead" or "SlowDownWrite" or "Throttling" or "ThrottlingException" or "RequestLimitExceeded" or "TooManyRequests"
                or "RequestThrottled" or "BandwidthLimitExceeded" => (StoreFault.Throttled, $"it asks for fewer requests ({told})", null),
            "BadDigest" or "InvalidDigest" or "IncompleteBody" or "XAmzContentSHA256Mismatch" or "XAmzContentChecksumMismatch" or "ContentChecksumMismatch" =>
                (StoreFault.Damaged, $"the content was damaged on its way ({told})", null),
            "EntityTooLarge" or "MaxMessageLengthExceeded" => (StoreFault.Misconfigured, $"the store does not take so much at once ({told})", "storage.s3.part_size"),
            "EntityTooSmall" => (StoreFault.Misconfigured, $"the store does not take so little at once ({told})", "storage.s3.part_size"),
            "QuotaExceeded" or "XMinioStorageFull" or "XMinioAdminBucketQuotaExceeded" or "InsufficientStorage" or "StorageFull" => (StoreFault.Full, told, null),
            "InvalidStorageClass" => (StoreFault.Misconfigured, told, "storage.s3.storage_class"),
            _ when code.StartsWith("KMS", StringComparison.OrdinalIgnoreCase) || code is "InvalidEncryptionAlgorithmError" or "ServerSideEncryptionConfigurationNotFoundError" =>
                (StoreFault.Misconfigured, told, "storage.s3.sse"),
            "NotImplemented" or "XNotImplemented" =>
                (StoreFault.Misconfigured, $"the store cannot do what it was asked ({told}); see also storage.s3.checksums", "storage.s3.chunked_encoding"),
            "RequestTimeout" or "OperationAborted" or "ConditionalRequestConflict" or "NoSuchUpload" => (StoreFault.Unavailable, told, null),
            _ => OfStatus(error, told),
        };
    }

    private (StoreFault Fault, string Cause, string? Setting) OfStatus(AmazonServiceException error, string told) => error.StatusCode switch
    {
        HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized =>
            (StoreFault.Denied, $"the credentials do not allow it in bucket '{options.Bucket}', or are wrong ({told})", AccessKey),
        HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.Found => (StoreFault.Misconfigured, OtherRegion(error, told), Region),
        HttpStatusCode.TooManyRequests => (StoreFault.Throttled, told, null),
        HttpStatusCode.InsufficientStorage => (StoreFault.Full, told, null),
        HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => (StoreFault.Unavailable, $"it failed inside ({told})", null),
        HttpStatusCode.BadRequest when IsPage(error) => (StoreFault.Misconfigured, "the endpoint does not take plain HTTP; it may speak TLS", Insecure),
        HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotFound =>
            (StoreFault.Misconfigured, $"{Where} does not answer as S3 does ({told})", Endpoint),
        _ => (StoreFault.Unavailable, told, null),
    };

    /// <summary>Servers of TLS (Go's, nginx's) answer to plain HTTP with a line or a page for people, S3 with XML or with nothing.</summary>
    private bool IsPage(AmazonServiceException error) =>
        options.IsHttp && Header(error, "Content-Type") is { } type && type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
        && !type.StartsWith("text/xml", StringComparison.OrdinalIgnoreCase);

    private string OtherRegion(AmazonServiceException error, string told) =>
        $"the bucket is not in region '{options.SigningRegion}'{(Header(error, "x-amz-bucket-region") is { Length: > 0 } right ? $" but in '{right}'" : "")} ({told})";

    private string Skew(AmazonServiceException error)
    {
        const string cause = "the clocks of this machine and of the store differ too much";
        return DateTimeOffset.TryParse(Header(error, "Date"), out DateTimeOffset theirs)
            ? $"{cause}: this one is {(time.GetUtcNow() - theirs).Duration():d\\d\\ hh\\:mm} {(time.GetUtcNow() > theirs ? "ahead" : "behind")}"
            : cause;
    }

    private static string? Header(Exception error, string name) =>
        (error.InnerException as HttpErrorResponseException)?.Response?.GetHeaderValue(name);
}
