using System.Xml.Linq;
using Aspire.StandIns.S3.Bodies;
using Aspire.StandIns.S3.Storage;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Calls;

/// <summary>Putting, copying and deleting of objects.</summary>
internal sealed class WriteCalls(Buckets buckets, TimeProvider time)
{
    private const int MostDeletes = 1000;

    public async Task Put(S3Call call)
    {
        var bucket = buckets[call.Address.Bucket];
        S3Address.CheckKey(call.Address.Key);
        // So that a body that would be refused need not be sent; it counts when the object appears.
        Bucket.Check(call.Condition, bucket.Find(call.Address.Key));
        await using var file = new NewFile(bucket.Temporary);
        var body = await Receive(call, file);
        var facts = new ObjectFacts(
            call.Address.Key, body.Length, Convert.ToHexStringLower(body.Md5), time.GetUtcNow(), ObjectHeaders.Of(call.Request), body.Checksums);
        await file.Finish(facts);
        if (call.Fault is not { LosesPut: true })
            bucket.Put(file, facts, call.Condition);
        call.Response.Headers.ETag = Xml.Quoted(facts.ETag);
        foreach (var (name, value) in body.Checksums)
            call.Response.Headers[Checksum.HeaderPrefix + name] = value;
    }

    /// <summary>Reads a body into a file, and breaks off where a fault says so.</summary>
    public static async Task<BodyFacts> Receive(S3Call call, NewFile file)
    {
        long received = 0;
        return await call.Body.Read(part =>
        {
            call.Fault?.Receive(call.Http, received += part.Length);
            return file.Write(part);
        }, call.Cancellation);
    }

    public async Task Copy(S3Call call)
    {
        var bucket = buckets[call.Address.Bucket];
        S3Address.CheckKey(call.Address.Key);
        var source = S3Address.ParseSource(call.Header("x-amz-copy-source")!);
        var replaces = call.Header("x-amz-metadata-directive") == "REPLACE";
        if (!replaces && source.Bucket == call.Address.Bucket && source.Key == call.Address.Key)
            throw S3Exception.BadRequest("InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.");
        var (from, there) = buckets[source.Bucket].Read(source.Key);
        await using var open = from;
        CheckSource(call, there);
        await using var file = new NewFile(bucket.Temporary);
        using var digest = await Content.Copy(from, new ByteRange(0, there.Length), file, [], call.Cancellation);
        var facts = there with { Key = call.Address.Key, Modified = time.GetUtcNow(), Headers = replaces ? ObjectHeaders.Of(call.Request) : there.Headers };
        await file.Finish(facts);
        if (call.Fault is not { LosesPut: true })
            bucket.Put(file, facts, call.Condition);
        await Xml.Write(call.Http, Xml.Element("CopyObjectResult", Xml.Element("LastModified", Xml.Time(facts.Modified)), Xml.Element("ETag", Xml.Quoted(facts.ETag))));
    }

    /// <summary>Refuses a copy whose source is not as it has to be.</summary>
    public static void CheckSource(S3Call call, ObjectFacts source)
    {
        if ((call.Header("x-amz-copy-source-if-match") is { } match && match.Trim('"') != source.ETag) ||
            (call.Header("x-amz-copy-source-if-none-match") is { } none && none.Trim('"') == source.ETag))
            throw S3Exception.PreconditionFailed();
    }

    public Task Delete(S3Call call)
    {
        buckets[call.Address.Bucket].Delete(call.Address.Key);
        call.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public async Task DeleteMany(S3Call call)
    {
        var bucket = buckets[call.Address.Bucket];
        var request = Xml.Read(await call.Body.ReadXml(call.Cancellation), "Delete");
        var keys = request.Elements("Object").Select(one => one.Element("Key")?.Value ?? throw S3Exception.MalformedXml()).ToList();
        if (keys.Count is 0 or > MostDeletes)
            throw S3Exception.MalformedXml();
        var isQuiet = request.Element("Quiet")?.Value is "true" or "True";
        await Xml.Write(call.Http, Xml.Element("DeleteResult", keys.Select(key => DeleteOne(bucket, key, isQuiet))));
    }

    private static XElement? DeleteOne(Bucket bucket, string key, bool isQuiet)
    {
        try
        {
            bucket.Delete(key);
            return isQuiet ? null : Xml.Element("Deleted", Xml.Element("Key", key));
        }
        catch (S3Exception e)
        {
            return Xml.Element("Error", Xml.Element("Key", key), Xml.Element("Code", e.Code), Xml.Element("Message", e.Message));
        }
    }
}
