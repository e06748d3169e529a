using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Pyro.ObjectStore.S3;

/// <summary>
/// A bucket of S3 or of what speaks its protocol. It relies on the least: single deletes, ranges with both ends, and conditional puts only where
/// the store knows them. It makes one attempt per call; <see cref="ReliableStore"/> makes the others.
/// </summary>
public sealed class S3Store : IObjectStore, IDisposable
{
    private const int PageLines = 1000;
    private static readonly TimeSpan UnfinishedAge = TimeSpan.FromDays(1);

    private readonly S3Options _options;
    private readonly S3Connections _connections;
    private readonly AmazonS3Client _client;
    private readonly S3Upload _upload;
    private readonly S3Faults _faults;
    private readonly TimeProvider _time;
    private bool _knowsConditions = true;

    /// <summary>Nothing is asked of the store before the first call.</summary>
    public S3Store(S3Options options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _connections = new S3Connections(options);
        _client = Connect(options, _connections);
        _upload = new S3Upload(_client, options, time);
        _faults = new S3Faults(options, Description, time);
    }

    /// <inheritdoc/>
    public string Description => _options.ToString();

    /// <inheritdoc/>
    public async ValueTask<Stream> Get(string key, CancellationToken cancellation)
    {
        ObjectKeys.Check(key);
        GetObjectResponse answer = await Call(
            "read", key, () => _client.GetObjectAsync(new GetObjectRequest { BucketName = _options.Bucket, Key = key }, cancellation), cancellation);
        return new S3Stream(answer, _faults, key);
    }

    /// <inheritdoc/>
    public async ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation)
    {
        ObjectKeys.Check(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (into.Length == 0)
        {
            return 0;
        }

        return await Call("read", key, async () =>
        {
            GetObjectRequest request = new() { BucketName = _options.Bucket, Key = key, ByteRange = new ByteRange(offset, offset + into.Length - 1) };
            try
            {
                using GetObjectResponse answer = await _client.GetObjectAsync(request, cancellation);
                return await ReadRange(answer, key, offset, into, cancellation);
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                // It begins at the end of the object or beyond.
                return 0;
            }
        }, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation)
    {
        ObjectKeys.Check(key);

        // Always looked for first: some stores take the condition and do not heed it.
        if (mode == PutMode.CreateOnly && await this.Exists(key, cancellation))
        {
            throw new ObjectExistsException(key);
        }

        bool ifAbsent = mode == PutMode.CreateOnly && Volatile.Read(ref _knowsConditions);
        try
        {
            await Send(key, body, ifAbsent, cancellation);
        }
        catch (ObjectStoreException e) when (ifAbsent && e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotImplemented })
        {
            await Send(key, body, ifAbsent: false, cancellation);
            Volatile.Write(ref _knowsConditions, false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask Delete(string key, CancellationToken cancellation)
    {
        ObjectKeys.Check(key);
        try
        {
            await Call(
                "delete", key, () => _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _options.Bucket, Key = key }, cancellation), cancellation);
        }
        catch (ObjectNotFoundException)
        {
            // AWS does not tell, others do.
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation)
    {
        ObjectKeys.Check(key);
        GetObjectMetadataRequest request = new() { BucketName = _options.Bucket, Key = key };
        GetObjectMetadataResponse answer = await Call("look at", key, () => _client.GetObjectMetadataAsync(request, cancellation), cancellation);
        return new ObjectAttributes(answer.ContentLength, Utc(answer.LastModified));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> List(
        string prefix, bool recursive, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectKeys.CheckPrefix(prefix);
        ListObjectsV2Request request = new()
        {
            BucketName = _options.Bucket,
            Prefix = prefix,
            Delimiter = recursive ? null : "/",
            MaxKeys = PageLines,
        };
        while (true)
        {
            ListObjectsV2Response page = await Call("list", prefix, () => _client.ListObjectsV2Async(request, cancellation), cancellation);
            foreach (ObjectEntry entry in EntriesOf(page))
            {
                yield return entry;
            }

            if (page.IsTruncated is not true)
            {
                yield break;
            }

            if (string.IsNullOrEmpty(page.NextContinuationToken) || page.NextContinuationToken == request.ContinuationToken)
            {
                throw new ObjectStoreException(StoreFault.Damaged, $"{Description}: a listing of '{prefix}' says that more follows, and not where");
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<UnfinishedPut> Unfinished(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectKeys.CheckPrefix(prefix);
        ListMultipartUploadsRequest request = new() { BucketName = _options.Bucket, Prefix = prefix, MaxUploads = PageLines };
        while (true)
        {
            ListMultipartUploadsResponse page = await Call(
                "list uploads", prefix, () => _client.ListMultipartUploadsAsync(request, cancellation), cancellation);
            foreach (MultipartUpload upload in page.MultipartUploads ?? [])
            {
                // A store that does not tell when it began, or takes no prefix, gets nothing removed.
                if (upload.Initiated is not null && Utc(upload.Initiated) < _time.GetUtcNow() - UnfinishedAge
                    && upload.Key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    yield return new UnfinishedPut(upload.Key, upload.UploadId);
                }
            }

            if (page.IsTruncated is not true || (page.NextKeyMarker, page.NextUploadIdMarker) == (request.KeyMarker, request.UploadIdMarker))
            {
                yield break;
            }

            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> Remove(UnfinishedPut put, CancellationToken cancellation) => await _upload.TryAbort(put.Key, put.Id, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _connections.Dispose();
    }

    private static AmazonS3Client Connect(S3Options options, S3Connections connections)
    {
        AmazonS3Config config = new()
        {
            HttpClientFactory = connections,
            MaxErrorRetry = 0,
            DisableClockSkewCorrection = true,
            DisableLogging = true,
            IgnoreConfiguredEndpointUrls = true,
            ForcePathStyle = options.UsesPathStyle,
            RequestChecksumCalculation = options.Checksums ? RequestChecksumCalculation.WHEN_SUPPORTED : RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = options.Checksums ? ResponseChecksumValidation.WHEN_SUPPORTED : ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint.Length > 0)
        {
            config.ServiceURL = options.Address!.ToString();
            config.AuthenticationRegion = options.SigningRegion;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
            config.UseHttp = options.Insecure;
        }

        return options.DefaultCredentials || options.AccessKey.Length == 0
            ? new AmazonS3Client(config)
            : new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config);
    }

    private async ValueTask Send(string key, ObjectBody body, bool ifAbsent, CancellationToken cancellation) => await Call("write", key, async () =>
    {
        await _upload.Send(key, body, ifAbsent, cancellation);
        return true;
    }, cancellation);

    private async ValueTask<int> ReadRange(GetObjectResponse answer, string key, long offset, Memory<byte> into, CancellationToken cancellation)
    {
        if (answer.HttpStatusCode != HttpStatusCode.PartialContent && offset > 0)
        {
            throw new ObjectStoreException(StoreFault.Misconfigured, $"{Description} gives whole objects when asked for a part, see storage.s3.endpoint")
            {
                Setting = "storage.s3.endpoint",
            };
        }

        _faults.Answered();
        int wanted = (int)Math.Min(into.Length, answer.ContentLength);
        int read = await answer.ResponseStream.ReadAtLeastAsync(into[..wanted], wanted, throwOnEndOfStream: false, cancellation);
        return read == wanted
            ? read
            : throw new ObjectStoreException(StoreFault.Damaged, $"{Description}: only {read} of {wanted} bytes of '{key}' at {offset} came");
    }

    /// <summary>
    /// Objects and what lies deeper, merged in order. Keys that end in `/` stand for folders of other tools and are no objects; what other tools
    /// put under keys that no object of ours can have is not seen.
    /// </summary>
    private static List<ObjectEntry> EntriesOf(ListObjectsV2Response page)
    {
        List<ObjectEntry> entries = [];
        foreach (S3Object found in page.S3Objects ?? [])
        {
            if (ObjectKeys.IsValid(found.Key))
            {
                entries.Add(new ObjectEntry(found.Key, found.Size ?? 0, Utc(found.LastModified)));
            }
        }

        foreach (string deeper in page.CommonPrefixes ?? [])
        {
            if (deeper is [.. var folder, '/'] && ObjectKeys.IsValid(folder))
            {
                entries.Add(new ObjectEntry(deeper, 0, default));
            }
        }

        entries.Sort(static (a, b) => ObjectKeys.Order.Compare(a.Key, b.Key));
        return entries;
    }

    private static DateTimeOffset Utc(DateTime? time) => time is { } at ? new DateTimeOffset(at.ToUniversalTime()) : default;

    /// <summary>Calls the store, makes the bucket when it is missing and may be made, and explains what goes wrong.</summary>
    private async ValueTask<T> Call<T>(string what, string key, Func<Task<T>> call, CancellationToken cancellation)
    {
        for (bool mayCreate = _options.CreateBucket; ; mayCreate = false)
        {
            try
            {
                T answer = await call();
                _faults.Answered();
                return answer;
            }
            catch (AmazonS3Exception e) when (mayCreate && e.ErrorCode == "NoSuchBucket")
            {
                await CreateBucket(cancellation);
            }
            catch (Exception e) when (IsOfStore(e) && !S3Faults.IsCancelled(e, cancellation))
            {
                throw _faults.Explain(e, what, key);
            }
        }
    }

    private async ValueTask CreateBucket(CancellationToken cancellation)
    {
        PutBucketRequest request = new() { BucketName = _options.Bucket, UseClientRegion = false };
        if (_options.SigningRegion != "us-east-1")
        {
            request.BucketRegionName = _options.SigningRegion;
        }

        try
        {
            await _client.PutBucketAsync(request, cancellation);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode is "BucketAlreadyOwnedByYou" or "BucketAlreadyExists")
        {
            // Another process was quicker.
        }
        catch (Exception e) when (IsOfStore(e) && !S3Faults.IsCancelled(e, cancellation))
        {
            throw _faults.Explain(e, "make bucket", _options.Bucket);
        }
    }

    /// <summary>What the SDK throws, not what the source of a body does. A connection that breaks while a body is sent comes as it is.</summary>
    private static bool IsOfStore(Exception error) =>
        error is AmazonServiceException or AmazonClientException or HttpRequestException or HttpIOException or OperationCanceledException
            or IOException { InnerException: SocketException };
}
