using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Pyro.ObjectStore.S3;

/// <summary>
/// The sending of bodies: small ones at once, large ones in parts that are seen only when all are there. A part is read into memory before it is
/// sent, so that it can be signed.
/// </summary>
/// <param name="client">The SDK.</param>
/// <param name="options">The bucket.</param>
/// <param name="time">Limits the cleaning up.</param>
internal sealed class S3Upload(IAmazonS3 client, S3Options options, TimeProvider time)
{
    private const int MostParts = 10_000;
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Sends a body.</summary>
    /// <param name="key">Key of the object.</param>
    /// <param name="body">Its content.</param>
    /// <param name="ifAbsent">Asks the store to refuse when an object is there.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task Send(string key, ObjectBody body, bool ifAbsent, CancellationToken cancellation)
    {
        await using BodyReader reader = await BodyReader.Open(body, key, cancellation);
        if (body.Length > options.PartBytes)
        {
            await SendInParts(key, body.Length, reader, ifAbsent, cancellation);
            return;
        }

        byte[] content = new byte[body.Length];
        await reader.Fill(content, cancellation);
        await reader.ExpectEnd(cancellation);
        PutObjectRequest request = new()
        {
            BucketName = options.Bucket,
            Key = key,
            InputStream = new MemoryStream(content, writable: false),
            UseChunkEncoding = options.ChunkedEncoding,
            DisablePayloadSigning = !options.SignPayload,
            IfNoneMatch = ifAbsent ? "*" : null,
            ContentType = "application/octet-stream",
        };
        if (options.StorageClass.Length > 0)
        {
            request.StorageClass = options.StorageClass;
        }

        if (Encryption is { } method)
        {
            request.ServerSideEncryptionMethod = method;
            request.ServerSideEncryptionKeyManagementServiceKeyId = KmsKey;
            request.ServerSideEncryptionKeyManagementServiceEncryptionContext = options.EncodedKmsContext;
        }

        await client.PutObjectAsync(request, cancellation);
    }

    private ServerSideEncryptionMethod? Encryption => options.Encryption switch
    {
        "SSE-S3" => ServerSideEncryptionMethod.AES256,
        "SSE-KMS" => ServerSideEncryptionMethod.AWSKMS,
        _ => null,
    };

    private string? KmsKey => options.KmsKey.Length > 0 ? options.KmsKey : null;

    private async Task SendInParts(string key, long length, BodyReader reader, bool ifAbsent, CancellationToken cancellation)
    {
        InitiateMultipartUploadRequest begin = new() { BucketName = options.Bucket, Key = key, ContentType = "application/octet-stream" };
        if (options.StorageClass.Length > 0)
        {
            begin.StorageClass = options.StorageClass;
        }

        if (Encryption is { } method)
        {
            begin.ServerSideEncryptionMethod = method;
            begin.ServerSideEncryptionKeyManagementServiceKeyId = KmsKey;
            begin.ServerSideEncryptionKeyManagementServiceEncryptionContext = options.EncodedKmsContext;
        }

        string upload = (await client.InitiateMultipartUploadAsync(begin, cancellation)).UploadId;
        try
        {
            CompleteMultipartUploadRequest end = new()
            {
                BucketName = options.Bucket,
                Key = key,
                UploadId = upload,
                IfNoneMatch = ifAbsent ? "*" : null,
                PartETags = await SendParts(key, upload, length, reader, cancellation),
            };
            await client.CompleteMultipartUploadAsync(end, cancellation);
        }
        catch
        {
            await Abort(key, upload);
            throw;
        }
    }

    private async Task<List<PartETag>> SendParts(string key, string upload, long length, BodyReader reader, CancellationToken cancellation)
    {
        byte[] content = new byte[Math.Max(options.PartBytes, (length + MostParts - 1) / MostParts)];
        List<PartETag> parts = [];
        for (long left = length; left > 0;)
        {
            int filled = await reader.Fill(content.AsMemory(0, (int)Math.Min(content.Length, left)), cancellation);
            left -= filled;
            if (left == 0)
            {
                await reader.ExpectEnd(cancellation);
            }

            UploadPartResponse answer = await client.UploadPartAsync(new UploadPartRequest
            {
                BucketName = options.Bucket,
                Key = key,
                UploadId = upload,
                PartNumber = parts.Count + 1,
                PartSize = filled,
                InputStream = new MemoryStream(content, 0, filled, writable: false),
                UseChunkEncoding = options.ChunkedEncoding,
                DisablePayloadSigning = !options.SignPayload,
                IsLastPart = left == 0,
            }, cancellation);
            parts.Add(new PartETag(answer));
        }

        return parts;
    }

    /// <summary>Gives up an upload: parts that are never put together cost as much as others.</summary>
    /// <returns>Whether it is gone by this.</returns>
    public async Task<bool> TryAbort(string key, string upload, CancellationToken cancellation)
    {
        try
        {
            AbortMultipartUploadRequest request = new() { BucketName = options.Bucket, Key = key, UploadId = upload };
            await client.AbortMultipartUploadAsync(request, cancellation);
            return true;
        }
        catch (Exception e) when (IsOfStore(e))
        {
            // Another was faster, or it is looked for again.
            return false;
        }
    }

    private async Task Abort(string key, string upload)
    {
        using var limit = new CancellationTokenSource(AbortTimeout, time);
        try
        {
            // The upload's own error is the one to tell; what a store that is down keeps is removed a day later.
            await TryAbort(key, upload, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Likewise.
        }
    }

    private static bool IsOfStore(Exception error) => error is AmazonServiceException or AmazonClientException or HttpRequestException or IOException;
}
