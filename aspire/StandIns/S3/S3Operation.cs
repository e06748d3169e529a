using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3;

/// <summary>What S3 can be asked for, by S3's names.</summary>
internal enum S3Operation
{
    ListBuckets,
    CreateBucket,
    HeadBucket,
    DeleteBucket,
    GetBucketLocation,
    GetBucketVersioning,
    ListObjects,
    DeleteObjects,
    ListMultipartUploads,
    PutObject,
    CopyObject,
    GetObject,
    HeadObject,
    GetObjectTagging,
    DeleteObject,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
}

/// <summary>Which operation a request is.</summary>
internal static class S3Operations
{
    /// <summary>Names in the query that say nothing about the operation.</summary>
    private static readonly HashSet<string> Plain = new(StringComparer.OrdinalIgnoreCase)
    {
        "x-id", "prefix", "delimiter", "max-keys", "marker", "start-after", "continuation-token", "encoding-type", "fetch-owner", "list-type",
        "location", "versioning", "delete", "uploads", "uploadId", "partNumber", "max-parts", "part-number-marker", "max-uploads", "key-marker",
        "upload-id-marker", "versionId", "tagging",
    };

    /// <summary>The operation.</summary>
    /// <exception cref="S3Exception">There is none such here.</exception>
    public static S3Operation Of(HttpRequest request, S3Address address)
    {
        foreach (var (name, _) in address.Query)
        {
            if (!Plain.Contains(name) && !name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("response-", StringComparison.Ordinal))
                throw S3Exception.NotImplemented($"?{name}");
        }
        var copies = request.Headers.ContainsKey("x-amz-copy-source");
        var found = address switch
        {
            { Bucket: "" } => request.Method == "GET" ? S3Operation.ListBuckets : null,
            { Key: "" } => OfBucket(request.Method, address),
            _ => OfObject(request.Method, address, copies),
        };
        return found ?? throw new S3Exception(
            StatusCodes.Status405MethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.");
    }

    private static S3Operation? OfBucket(string method, S3Address address) => method switch
    {
        _ when address.Has("tagging") => null,
        "GET" when address.Has("location") => S3Operation.GetBucketLocation,
        "GET" when address.Has("versioning") => S3Operation.GetBucketVersioning,
        "GET" when address.Has("uploads") => S3Operation.ListMultipartUploads,
        "GET" => S3Operation.ListObjects,
        "HEAD" => S3Operation.HeadBucket,
        "PUT" => S3Operation.CreateBucket,
        "DELETE" => S3Operation.DeleteBucket,
        "POST" when address.Has("delete") => S3Operation.DeleteObjects,
        _ => null,
    };

    private static S3Operation? OfObject(string method, S3Address address, bool copies) => method switch
    {
        _ when address.Has("tagging") => method == "GET" ? S3Operation.GetObjectTagging : null,
        "GET" when address.Has("uploadId") => S3Operation.ListParts,
        "GET" => S3Operation.GetObject,
        "HEAD" => S3Operation.HeadObject,
        "PUT" when address.Has("uploadId") => copies ? S3Operation.UploadPartCopy : S3Operation.UploadPart,
        "PUT" => copies ? S3Operation.CopyObject : S3Operation.PutObject,
        "DELETE" when address.Has("uploadId") => S3Operation.AbortMultipartUpload,
        "DELETE" => S3Operation.DeleteObject,
        "POST" when address.Has("uploads") => S3Operation.CreateMultipartUpload,
        "POST" when address.Has("uploadId") => S3Operation.CompleteMultipartUpload,
        _ => null,
    };
}
