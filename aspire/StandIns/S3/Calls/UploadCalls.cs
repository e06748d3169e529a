using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Aspire.StandIns.S3.Bodies;
using Aspire.StandIns.S3.Storage;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Calls;

/// <summary>Uploads in parts.</summary>
internal sealed class UploadCalls(Buckets buckets, TimeProvider time)
{
    private const int MostParts = 10_000, MostLines = 1000;
    private const long SmallestPart = 5 << 20;

    public async Task Create(S3Call call)
    {
        var upload = await BucketOf(call).Uploads.Begin(call.Address.Key, time.GetUtcNow(), ObjectHeaders.Of(call.Request), call.Cancellation);
        await Xml.Write(call.Http, Xml.Element(
            "InitiateMultipartUploadResult", Xml.Element("Bucket", call.Address.Bucket), Xml.Element("Key", upload.Key), Xml.Element("UploadId", upload.Id)));
    }

    public async Task Part(S3Call call)
    {
        var (bucket, upload, number) = PartOf(call);
        await using var file = new NewFile(bucket.Temporary);
        var body = await WriteCalls.Receive(call, file);
        var facts = Facts(upload, body.Length, body.Md5, body.Checksums);
        await file.Finish(facts);
        bucket.Uploads.Keep(upload, number, file);
        call.Response.Headers.ETag = Xml.Quoted(facts.ETag);
        foreach (var (name, value) in body.Checksums)
            call.Response.Headers[Checksum.HeaderPrefix + name] = value;
    }

    public async Task PartCopy(S3Call call)
    {
        var (bucket, upload, number) = PartOf(call);
        var source = S3Address.ParseSource(call.Header("x-amz-copy-source")!);
        var (from, there) = buckets[source.Bucket].Read(source.Key);
        await using var open = from;
        WriteCalls.CheckSource(call, there);
        var range = ByteRange.Parse(call.Header("x-amz-copy-source-range"), there.Length) ?? new ByteRange(0, there.Length);
        await using var file = new NewFile(bucket.Temporary);
        using var digest = await Content.Copy(from, range, file, [], call.Cancellation);
        var facts = Facts(upload, digest.Length, digest.Md5, digest.Finish());
        await file.Finish(facts);
        bucket.Uploads.Keep(upload, number, file);
        await Xml.Write(call.Http, Xml.Element("CopyPartResult", Xml.Element("LastModified", Xml.Time(facts.Modified)), Xml.Element("ETag", Xml.Quoted(facts.ETag))));
    }

    public async Task Complete(S3Call call)
    {
        var bucket = BucketOf(call);
        var upload = bucket.Uploads.Find(call.Address["uploadId"]!, call.Address.Key);
        // Checksums in the head are of the object to be, not of this body.
        var wanted = Checksum.Names.Where(name => call.Header(Checksum.HeaderPrefix + name) is not null).ToList();
        var parts = Chosen(await ReadList(call), bucket.Uploads.Parts(upload));
        await using var file = new NewFile(bucket.Temporary);
        using var digest = new BodyDigest(wanted);
        foreach (var (number, part) in parts)
        {
            await using var from = bucket.Uploads.Open(upload, number);
            await Content.Append(from, new ByteRange(0, part.Length), file, digest, call.Cancellation);
        }
        var checksums = digest.Finish();
        if (checksums.FirstOrDefault(one => call.Header(Checksum.HeaderPrefix + one.Key) != one.Value) is { Key: { } wrong })
            throw S3Exception.BadRequest("BadDigest", $"The {wrong} checksum you specified did not match what we received.");
        var facts = new ObjectFacts(upload.Key, digest.Length, ETag(parts), time.GetUtcNow(), upload.Headers, checksums);
        await file.Finish(facts);
        if (call.Fault is not { LosesPut: true })
            bucket.Put(file, facts, call.Condition);
        bucket.Uploads.Remove(upload);
        await Xml.Write(call.Http, Xml.Element(
            "CompleteMultipartUploadResult", Xml.Element("Location", $"http://{call.Request.Host}/{bucket.Name}/{S3Address.Encode(upload.Key, keepsSlash: true)}"),
            Xml.Element("Bucket", bucket.Name), Xml.Element("Key", upload.Key), Xml.Element("ETag", Xml.Quoted(facts.ETag))));
    }

    public Task Abort(S3Call call)
    {
        var bucket = BucketOf(call);
        bucket.Uploads.Remove(bucket.Uploads.Find(call.Address["uploadId"]!, call.Address.Key));
        call.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public Task ListParts(S3Call call)
    {
        var bucket = BucketOf(call);
        var upload = bucket.Uploads.Find(call.Address["uploadId"]!, call.Address.Key);
        var (after, most) = (call.Number("part-number-marker", 0, MostParts), call.Number("max-parts", MostLines, MostLines));
        var rest = bucket.Uploads.Parts(upload).Where(one => one.Key > after).ToList();
        var page = rest.Take(most).ToList();
        return Xml.Write(call.Http, Xml.Element(
            "ListPartsResult", Xml.Element("Bucket", bucket.Name), Xml.Element("Key", upload.Key), Xml.Element("UploadId", upload.Id),
            Xml.Owner("Initiator"), Xml.Owner(), Xml.Element("StorageClass", "STANDARD"), Xml.Element("PartNumberMarker", after),
            Xml.Element("NextPartNumberMarker", page.Count > 0 ? page[^1].Key : 0), Xml.Element("MaxParts", most), Xml.Element("IsTruncated", rest.Count > page.Count),
            page.Select(one => Xml.Element(
                "Part", Xml.Element("PartNumber", one.Key), Xml.Element("LastModified", Xml.Time(one.Value.Modified)),
                Xml.Element("ETag", Xml.Quoted(one.Value.ETag)), Xml.Element("Size", one.Value.Length)))));
    }

    /// <summary>All in one page: there are few.</summary>
    public Task List(S3Call call)
    {
        var bucket = buckets[call.Address.Bucket];
        var prefix = call.Address["prefix"] ?? "";
        return Xml.Write(call.Http, Xml.Element(
            "ListMultipartUploadsResult", Xml.Element("Bucket", bucket.Name), Xml.Element("KeyMarker"), Xml.Element("UploadIdMarker"),
            Xml.Element("Prefix", prefix), Xml.Element("MaxUploads", MostLines), Xml.Element("IsTruncated", false),
            bucket.Uploads.All().Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(one => Xml.Element(
                "Upload", Xml.Element("Key", one.Key), Xml.Element("UploadId", one.Id), Xml.Owner("Initiator"), Xml.Owner(),
                Xml.Element("StorageClass", "STANDARD"), Xml.Element("Initiated", Xml.Time(one.Begun))))));
    }

    private Bucket BucketOf(S3Call call) => buckets[call.Address.Bucket];

    private (Bucket Bucket, Upload Upload, int Number) PartOf(S3Call call)
    {
        var bucket = BucketOf(call);
        var number = call.Number("partNumber", 0, int.MaxValue);
        if (number is < 1 or > MostParts)
            throw S3Exception.InvalidArgument("Part number must be an integer between 1 and 10000, inclusive");
        return (bucket, bucket.Uploads.Find(call.Address["uploadId"]!, call.Address.Key), number);
    }

    private ObjectFacts Facts(Upload upload, long length, byte[] md5, IReadOnlyDictionary<string, string> checksums) =>
        new(upload.Key, length, Convert.ToHexStringLower(md5), time.GetUtcNow(), new Dictionary<string, string>(StringComparer.Ordinal), checksums);

    private static async Task<List<XElement>> ReadList(S3Call call)
    {
        var body = new RequestBody(call.Request, call.Signed) { IsAboutAnother = true };
        return [.. Xml.Read(await body.ReadXml(call.Cancellation), "CompleteMultipartUpload").Elements("Part")];
    }

    /// <summary>The parts that make the object, as the list names them.</summary>
    private static List<(int Number, ObjectFacts Part)> Chosen(List<XElement> list, SortedDictionary<int, ObjectFacts> there)
    {
        if (list.Count is 0 or > MostParts)
            throw S3Exception.MalformedXml();
        var chosen = new List<(int Number, ObjectFacts Part)>();
        foreach (var one in list)
        {
            if (!int.TryParse(one.Element("PartNumber")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || one.Element("ETag") is not { } etag)
                throw S3Exception.MalformedXml();
            if (chosen.Count > 0 && number <= chosen[^1].Number)
                throw S3Exception.BadRequest("InvalidPartOrder", "The list of parts was not in ascending order. The parts list must be specified in order by part number.");
            if (!there.TryGetValue(number, out var part) || etag.Value.Trim().Trim('"') != part.ETag || !HasChecksumsOf(one, part))
                throw S3Exception.BadRequest("InvalidPart", "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.");
            if (chosen.Count > 0 && chosen[^1].Part.Length < SmallestPart)
                throw S3Exception.BadRequest("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size.");
            chosen.Add((number, part));
        }
        return chosen;
    }

    private static bool HasChecksumsOf(XElement listed, ObjectFacts part) => part.Checksums.All(
        one => listed.Element("Checksum" + one.Key.ToUpperInvariant()) is not { } told || told.Value == one.Value);

    private static string ETag(List<(int Number, ObjectFacts Part)> parts)
    {
#pragma warning disable CA5351 // An ETag is an MD5; nothing is protected by it.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        foreach (var (_, part) in parts)
            md5.AppendData(Convert.FromHexString(part.ETag));
        return string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(md5.GetCurrentHash())}-{parts.Count}");
    }
}
