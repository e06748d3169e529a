using Aspire.StandIns.S3.Storage;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Calls;

/// <summary>What is asked of buckets as a whole.</summary>
internal sealed class BucketCalls(Buckets buckets, string region)
{
    private const string FirstRegion = "us-east-1";

    public Task List(S3Call call) => Xml.Write(call.Http, Xml.Element(
        "ListAllMyBucketsResult", Xml.Owner(),
        Xml.Element("Buckets", buckets.All.Select(one => Xml.Element("Bucket", Xml.Element("Name", one.Name), Xml.Element("CreationDate", Xml.Time(one.Created)))))));

    public async Task Create(S3Call call)
    {
        var body = await call.Body.ReadXml(call.Cancellation);
        if (body.Length > 0)
        {
            var asked = Xml.Read(body, "CreateBucketConfiguration").Element("LocationConstraint")?.Value ?? "";
            if (region.Length > 0 && asked.Length > 0 && asked != region)
                throw S3Exception.BadRequest("IllegalLocationConstraintException", $"The {asked} location constraint is incompatible for the region specific endpoint this request was sent to.");
        }
        buckets.Create(call.Address.Bucket);
        call.Response.Headers.Location = "/" + call.Address.Bucket;
    }

    public Task Head(S3Call call)
    {
        _ = buckets[call.Address.Bucket];
        call.Response.Headers["x-amz-bucket-region"] = region.Length > 0 ? region : FirstRegion;
        return Task.CompletedTask;
    }

    public Task Delete(S3Call call)
    {
        buckets.Remove(call.Address.Bucket);
        call.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>The first region of all has no name here.</summary>
    public Task Location(S3Call call)
    {
        _ = buckets[call.Address.Bucket];
        return Xml.Write(call.Http, Xml.Element("LocationConstraint", region == FirstRegion ? "" : region));
    }

    /// <summary>None has versions.</summary>
    public Task Versioning(S3Call call)
    {
        _ = buckets[call.Address.Bucket];
        return Xml.Write(call.Http, Xml.Element("VersioningConfiguration"));
    }
}
