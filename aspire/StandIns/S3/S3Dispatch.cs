using System.Globalization;
using Aspire.StandIns.S3.Calls;
using Aspire.StandIns.S3.Faults;
using Aspire.StandIns.S3.Signatures;
using Aspire.StandIns.S3.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Aspire.StandIns.S3;

/// <summary>Finds out what a request asks for, checks its signature, has it answered, and says what went wrong in S3's form.</summary>
internal sealed class S3Dispatch(S3Options options, Buckets buckets, FaultList faults, ILogger logger)
{
    private static readonly string[] HealthPaths = ["/minio/health/live", "/minio/health/ready", "/minio/health/cluster", "/minio/health/cluster/read"];

    private readonly SignatureCheck _signatures = new(options);
    private readonly BucketCalls _bucketCalls = new(buckets, options.Region);
    private readonly ReadCalls _readCalls = new(buckets);
    private readonly WriteCalls _writeCalls = new(buckets, options.Time);
    private readonly UploadCalls _uploadCalls = new(buckets, options.Time);

    /// <summary>Answers a request.</summary>
    public async Task Answer(HttpContext http)
    {
        http.Response.Headers["x-amz-request-id"] = http.TraceIdentifier;
        http.Response.Headers.Date = options.Time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        try
        {
            var address = S3Address.Parse(target, options.BucketOf(http.Request.Host.Host));
            if (HealthPaths.Contains(address.Path))
                return;
            if (options.TakesFaults && address.Path == FaultPath.Path)
            {
                await FaultPath.Answer(http, faults);
                return;
            }
            var signed = _signatures.Check(http.Request, address);
            var operation = S3Operations.Of(http.Request, address);
            var fault = faults.Take(operation, address.Bucket, address.Key);
            var call = new S3Call(http, address, signed, fault);
            if (fault is not null)
                await fault.Begin(http, options.Time);
            await Call(operation, call);
        }
        catch (S3Exception e)
        {
            if (http.Response.HasStarted)
                http.Abort();
            else
                await Xml.WriteError(http, target, e);
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested || e is OperationCanceledException or BadHttpRequestException)
        {
            http.Abort();
        }
        catch (Exception e)
        {
            logger.LogError(e, "{Method} {Target} failed", http.Request.Method, target);
            if (http.Response.HasStarted)
                http.Abort();
            else
                await Xml.WriteError(http, target, new S3Exception(StatusCodes.Status500InternalServerError, "InternalError", $"We encountered an internal error: {e.Message}"));
        }
    }

    private Task Call(S3Operation operation, S3Call call) => operation switch
    {
        S3Operation.ListBuckets => _bucketCalls.List(call),
        S3Operation.CreateBucket => _bucketCalls.Create(call),
        S3Operation.HeadBucket => _bucketCalls.Head(call),
        S3Operation.DeleteBucket => _bucketCalls.Delete(call),
        S3Operation.GetBucketLocation => _bucketCalls.Location(call),
        S3Operation.GetBucketVersioning => _bucketCalls.Versioning(call),
        S3Operation.ListObjects => new Listing(buckets[call.Address.Bucket], call).Write(),
        S3Operation.DeleteObjects => _writeCalls.DeleteMany(call),
        S3Operation.PutObject => _writeCalls.Put(call),
        S3Operation.CopyObject => _writeCalls.Copy(call),
        S3Operation.DeleteObject => _writeCalls.Delete(call),
        S3Operation.GetObject or S3Operation.HeadObject => _readCalls.Get(call),
        S3Operation.GetObjectTagging => _readCalls.Tags(call),
        S3Operation.CreateMultipartUpload => _uploadCalls.Create(call),
        S3Operation.UploadPart => _uploadCalls.Part(call),
        S3Operation.UploadPartCopy => _uploadCalls.PartCopy(call),
        S3Operation.CompleteMultipartUpload => _uploadCalls.Complete(call),
        S3Operation.AbortMultipartUpload => _uploadCalls.Abort(call),
        S3Operation.ListParts => _uploadCalls.ListParts(call),
        S3Operation.ListMultipartUploads => _uploadCalls.List(call),
        _ => throw S3Exception.NotImplemented(operation.ToString()),
    };
}
