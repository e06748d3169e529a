using System.Security.Cryptography;
using System.Text;

namespace Pyro.Tests.Unit.S3StandIn;

/// <summary>Objects, their listing and their parts, as S3's documents say.</summary>
public sealed class ObjectTests(RunningS3 s3) : IClassFixture<RunningS3>
{
    private static readonly byte[] Ten = "0123456789"u8.ToArray();

    [Theory]
    [InlineData("bytes=2-4", 206, "234", "bytes 2-4/10")]
    [InlineData("bytes=7-", 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=7-99", 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=-3", 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=-99", 206, "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=10-", 416, null, "bytes */10")]
    [InlineData("bytes=-0", 416, null, "bytes */10")]
    [InlineData("bytes=4-2", 200, "0123456789", null)]
    [InlineData("bytes=0-1,4-5", 200, "0123456789", null)]
    [InlineData("lines=0-1", 200, "0123456789", null)]
    public async Task Ranges_are_cut_out(string range, int status, string? text, string? told)
    {
        var bucket = await Filled(Ten, "a");
        var answer = await s3.Calls.Send("GET", $"/{bucket}/a", null, ("range", range));
        Assert.Equal((status, told), (answer.Status, answer.Headers.GetValueOrDefault("content-range")));
        Assert.Equal(text is null ? "InvalidRange" : "", answer.Code);
        Assert.Equal(text ?? answer.Text, answer.Text);
    }

    [Fact]
    public async Task Conditions_hold_or_refuse()
    {
        var bucket = await Filled(Ten, "a");
        var etag = $"\"{Convert.ToHexStringLower(MD5.HashData(Ten))}\"";
        async Task<int> Put(string key, string name, string value) => (await s3.Calls.Send("PUT", $"/{bucket}/{key}", Ten, (name, value))).Status;
        async Task<int> Get(string name, string value) => (await s3.Calls.Send("GET", $"/{bucket}/a", null, (name, value))).Status;
        Assert.Equal((int[])[412, 200, 412], (int[])[await Put("a", "if-none-match", "*"), await Put("b", "if-none-match", "*"), await Put("b", "if-none-match", "*")]);
        Assert.Equal((int[])[200, 412, 404], (int[])[await Put("a", "if-match", etag), await Put("a", "if-match", "\"other\""), await Put("none", "if-match", etag)]);
        Assert.Equal((int[])[200, 412, 304, 200], (int[])[await Get("if-match", etag), await Get("if-match", "\"x\""), await Get("if-none-match", etag), await Get("if-none-match", "\"x\"")]);
        var later = DateTimeOffset.UtcNow.AddHours(1).ToString("r");
        var before = DateTimeOffset.UtcNow.AddHours(-1).ToString("r");
        Assert.Equal((int[])[304, 200, 200, 412],
            (int[])[await Get("if-modified-since", later), await Get("if-modified-since", before), await Get("if-unmodified-since", later), await Get("if-unmodified-since", before)]);
    }

    [Fact]
    public async Task Of_many_that_create_at_once_one_does()
    {
        var bucket = await s3.NewBucket();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => s3.Calls.Send("PUT", $"/{bucket}/a", Encoding.ASCII.GetBytes($"{i}"), ("if-none-match", "*"))));
        var winner = Array.FindIndex(answers, answer => answer.Status == 200);
        Assert.Equal((1, 19), (answers.Count(answer => answer.Status == 200), answers.Count(answer => answer.Code == "PreconditionFailed")));
        Assert.Equal($"{winner}", (await s3.Calls.Send("GET", $"/{bucket}/a")).Text);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../../../etc/passwd")]
    [InlineData("a/../b")]
    [InlineData("/")]
    [InlineData("//a//")]
    [InlineData(".")]
    [InlineData("\u0001\u001f\ufffe")]
    [InlineData("a\\..\\b")]
    [InlineData("lock")]
    [InlineData("<&>\"'")]
    [InlineData("🔥/ä")]
    public async Task Hostile_keys_are_keys_and_nothing_else(string key)
    {
        var before = s3.Files.Count;
        var bucket = await s3.NewBucket();
        var target = $"/{bucket}/{Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal)}";
        Assert.Equal(200, (await s3.Calls.Send("PUT", target, Ten)).Status);
        Assert.Equal(Ten, (await s3.Calls.Send("GET", target)).Body);
        Assert.Equal([Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal)], (await s3.Calls.Send("GET", $"/{bucket}?encoding-type=url")).Values("Key"));
        Assert.Equal(before + 1, s3.Files.Count);
        Assert.Equal(204, (await s3.Calls.Send("DELETE", target)).Status);
        Assert.Equal(before, s3.Files.Count);
    }

    [Fact]
    public async Task What_cannot_be_a_key_or_a_bucket_is_refused()
    {
        var bucket = await s3.NewBucket();
        Assert.Equal(200, (await s3.Calls.Send("PUT", $"/{bucket}/{new string('k', 1024)}", Ten)).Status);
        Assert.Equal("KeyTooLongError", (await s3.Calls.Send("PUT", $"/{bucket}/{new string('k', 1025)}", Ten)).Code);
        Assert.Equal(400, (await s3.Calls.Send("PUT", $"/{bucket}/a%00b", Ten)).Status);
        Assert.Equal(400, (await s3.Calls.Send("PUT", $"/{bucket}/%ff%fe", Ten)).Status);
        foreach (var name in (string[])["ab", "Upper", "a..b", "-a-", "a_b", new string('a', 64)])
            Assert.Equal("InvalidBucketName", (await s3.Calls.Send("PUT", $"/{name}")).Code);
        Assert.Equal("NoSuchBucket", (await s3.Calls.Send("PUT", "/nowhere/a", Ten)).Code);
        Assert.Equal(404, (await s3.Calls.Send("HEAD", "/nowhere")).Status);
        Assert.Equal("BucketAlreadyOwnedByYou", (await s3.Calls.Send("PUT", $"/{bucket}")).Code);
        Assert.Equal("BucketNotEmpty", (await s3.Calls.Send("DELETE", $"/{bucket}")).Code);
        Assert.Equal("NotImplemented", (await s3.Calls.Send("GET", $"/{bucket}?acl")).Code);
    }

    [Fact]
    public async Task A_listing_of_2500_keys_comes_in_pages_in_order_and_whole()
    {
        var bucket = await s3.NewBucket();
        var keys = Enumerable.Range(0, 2500).Select(i => $"t{i % 5}/{i:d4}").ToList();
        await Parallel.ForEachAsync(keys, async (key, _) => Assert.Equal(200, (await s3.Calls.Send("PUT", $"/{bucket}/{key}", [])).Status));
        keys.Sort(StringComparer.Ordinal);

        var pages = await Pages(bucket, "list-type=2");
        Assert.Equal([1000, 1000, 500], pages.Select(page => page.Values("Key").Count));
        Assert.Equal(keys, pages.SelectMany(page => page.Values("Key")));
        Assert.Equal(keys.Where(key => key.StartsWith("t3/", StringComparison.Ordinal)), (await Pages(bucket, "list-type=2&max-keys=7&prefix=t3%2F")).SelectMany(page => page.Values("Key")));
        Assert.Equal(keys.Where(key => string.CompareOrdinal(key, "t3/1000") > 0), (await Pages(bucket, "list-type=2&start-after=t3%2F1000")).SelectMany(page => page.Values("Key")));

        var folders = await Pages(bucket, "delimiter=%2F&list-type=2&max-keys=2");
        Assert.Equal(["t0/", "t1/", "t2/", "t3/", "t4/"], folders.SelectMany(page => page.Values("CommonPrefixes")).Select(one => one.Replace("<Prefix>", "").Replace("</Prefix>", "")));
        Assert.Equal(3, folders.Count);

        var first = await s3.Calls.Send("GET", $"/{bucket}?delimiter=%2F&marker=t1%2F&max-keys=2");
        Assert.Equal(("t3/", "true"), (first.Values("NextMarker").Single(), first.Values("IsTruncated").Single()));
        Assert.Equal("InvalidArgument", (await s3.Calls.Send("GET", $"/{bucket}?continuation-token=%25&list-type=2")).Code);
        Assert.Equal("InvalidArgument", (await s3.Calls.Send("GET", $"/{bucket}?max-keys=-1")).Code);
        Assert.Equal("0", (await s3.Calls.Send("GET", $"/{bucket}?list-type=2&max-keys=0")).Values("KeyCount").Single());
    }

    [Fact]
    public async Task Keys_are_ordered_by_their_bytes()
    {
        var bucket = await Filled(Ten, "%F0%9F%94%A5", "%EF%BF%BD", "a", "B", "%C3%A4");
        Assert.Equal(["B", "a", "ä", "\ufffd", "🔥"], (await s3.Calls.Send("GET", $"/{bucket}")).Values("Key"));
    }

    [Fact]
    public async Task Parts_make_an_object_when_all_of_them_are_named()
    {
        var bucket = await s3.NewBucket();
        var parts = (byte[][])[new byte[5 << 20], new byte[5 << 20], Ten];
        RandomNumberGenerator.Fill(parts[0]);
        RandomNumberGenerator.Fill(parts[1]);
        var id = (await s3.Calls.Send("POST", $"/{bucket}/a?uploads", null, ("x-amz-meta-m", "1"))).Values("UploadId").Single();
        var etags = new List<string>();
        for (var i = 0; i < parts.Length; i++)
            etags.Add((await s3.Calls.Send("PUT", $"/{bucket}/a?partNumber={i + 1}&uploadId={id}", parts[i])).Headers["etag"]);
        Assert.Equal(["1", "2", "3"], (await s3.Calls.Send("GET", $"/{bucket}/a?uploadId={id}")).Values("PartNumber"));
        Assert.Equal([id], (await s3.Calls.Send("GET", $"/{bucket}?uploads")).Values("UploadId"));
        Assert.Equal(404, (await s3.Calls.Send("HEAD", $"/{bucket}/a")).Status);

        Task<S3Answer> Complete(params int[] numbers) => s3.Calls.Send("POST", $"/{bucket}/a?uploadId={id}", Encoding.UTF8.GetBytes(
            $"<CompleteMultipartUpload>{string.Concat(numbers.Select(n => $"<Part><PartNumber>{n}</PartNumber><ETag>{(n <= 3 ? etags[n - 1] : "x")}</ETag></Part>"))}</CompleteMultipartUpload>"));
        Assert.Equal("MalformedXML", (await Complete()).Code);
        Assert.Equal("InvalidPart", (await Complete(1, 4)).Code);
        Assert.Equal("InvalidPartOrder", (await Complete(2, 1)).Code);
        await s3.Restart();
        Assert.Equal(200, (await Complete(1, 2, 3)).Status);
        var got = await s3.Calls.Send("GET", $"/{bucket}/a");
        Assert.Equal(parts.SelectMany(part => part), got.Body);
        Assert.Equal("1", got.Headers["x-amz-meta-m"]);
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData([.. parts.SelectMany(MD5.HashData)]))}-3\"", got.Headers["etag"]);
        Assert.Equal("NoSuchUpload", (await Complete(1, 2, 3)).Code);
    }

    [Fact]
    public async Task Parts_that_are_too_small_or_given_up_leave_nothing()
    {
        var bucket = await s3.NewBucket();
        var before = s3.Files.Count;
        var id = (await s3.Calls.Send("POST", $"/{bucket}/a?uploads")).Values("UploadId").Single();
        var etag = (await s3.Calls.Send("PUT", $"/{bucket}/a?partNumber=1&uploadId={id}", Ten)).Headers["etag"];
        await s3.Calls.Send("PUT", $"/{bucket}/a?partNumber=2&uploadId={id}", Ten);
        var small = await s3.Calls.Send("POST", $"/{bucket}/a?uploadId={id}", Encoding.UTF8.GetBytes(
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part><Part><PartNumber>2</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"));
        Assert.Equal("EntityTooSmall", small.Code);
        Assert.Equal("InvalidArgument", (await s3.Calls.Send("PUT", $"/{bucket}/a?partNumber=0&uploadId={id}", Ten)).Code);
        Assert.Equal("NoSuchUpload", (await s3.Calls.Send("PUT", $"/{bucket}/b?partNumber=1&uploadId={id}", Ten)).Code);
        Assert.Equal("NoSuchUpload", (await s3.Calls.Send("PUT", $"/{bucket}/a?partNumber=1&uploadId=..%2F..", Ten)).Code);
        Assert.Equal(204, (await s3.Calls.Send("DELETE", $"/{bucket}/a?uploadId={id}")).Status);
        Assert.Equal("NoSuchUpload", (await s3.Calls.Send("GET", $"/{bucket}/a?uploadId={id}")).Code);
        Assert.Equal(before, s3.Files.Count);
    }

    [Fact]
    public async Task Copies_keep_metadata_or_get_new_ones()
    {
        var bucket = await s3.NewBucket();
        await s3.Calls.Send("PUT", $"/{bucket}/a%20b", Ten, ("content-type", "text/plain"), ("x-amz-meta-m", "1"));
        Assert.Equal(200, (await s3.Calls.Send("PUT", $"/{bucket}/c", null, ("x-amz-copy-source", $"/{bucket}/a%20b"))).Status);
        var copy = await s3.Calls.Send("GET", $"/{bucket}/c");
        Assert.Equal(("0123456789", "text/plain", "1"), (copy.Text, copy.Headers["content-type"], copy.Headers["x-amz-meta-m"]));
        Assert.Equal("InvalidRequest", (await s3.Calls.Send("PUT", $"/{bucket}/c", null, ("x-amz-copy-source", $"{bucket}/c"))).Code);
        await s3.Calls.Send("PUT", $"/{bucket}/c", null, ("x-amz-copy-source", $"{bucket}/c"), ("x-amz-meta-n", "2"), ("x-amz-metadata-directive", "REPLACE"));
        var changed = await s3.Calls.Send("HEAD", $"/{bucket}/c");
        Assert.Equal((false, "2"), (changed.Headers.ContainsKey("x-amz-meta-m"), changed.Headers["x-amz-meta-n"]));
        Assert.Equal("NoSuchKey", (await s3.Calls.Send("PUT", $"/{bucket}/d", null, ("x-amz-copy-source", $"{bucket}/none"))).Code);
    }

    [Fact]
    public async Task Many_are_deleted_at_once_and_hostile_lists_are_refused()
    {
        var bucket = await Filled(Ten, "a", "b", "c");
        Task<S3Answer> Delete(string xml) => s3.Calls.Send("POST", $"/{bucket}?delete", Encoding.UTF8.GetBytes(xml));
        var answer = await Delete("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object><Object><Key>none</Key></Object></Delete>");
        Assert.Equal(["a", "none"], answer.Values("Key"));
        Assert.Empty((await Delete("<Delete><Quiet>true</Quiet><Object><Key>b</Key></Object></Delete>")).Values("Key"));
        Assert.Equal(["c"], (await s3.Calls.Send("GET", $"/{bucket}")).Values("Key"));
        foreach (var xml in (string[])["", "<Delete/>", "<Delete><Object/></Delete>", "<Other/>", "<Delete>", "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><Delete><Object><Key>&e;</Key></Object></Delete>"])
            Assert.Equal("MalformedXML", (await Delete(xml)).Code);
        Assert.Equal("MaxMessageLengthExceeded", (await Delete(new string(' ', 3 << 20))).Code);
    }

    [Fact]
    public async Task All_is_there_after_a_restart_and_half_written_files_are_not()
    {
        var bucket = await Filled(Ten, "a", "b/c");
        await s3.Calls.Send("DELETE", $"/{bucket}/a");
        await s3.Restart();
        Assert.Equal(["b/c"], (await s3.Calls.Send("GET", $"/{bucket}")).Values("Key"));
        Assert.Equal(Ten, (await s3.Calls.Send("GET", $"/{bucket}/b/c")).Body);
        Assert.Contains(bucket, (await s3.Calls.Send("GET", "/")).Values("Name"));
    }

    [Theory]
    [InlineData("/minio/health/live")]
    [InlineData("/minio/health/cluster")]
    [InlineData("/minio/health/cluster/read")]
    public async Task Health_is_told_to_everybody(string path) => Assert.Equal(200, (await s3.Calls.SendRaw("GET", path, null)).Status);

    private async Task<string> Filled(byte[] content, params string[] keys)
    {
        var bucket = await s3.NewBucket();
        foreach (var key in keys)
            Assert.Equal(200, (await s3.Calls.Send("PUT", $"/{bucket}/{key}", content)).Status);
        return bucket;
    }

    private async Task<List<S3Answer>> Pages(string bucket, string query)
    {
        var pages = new List<S3Answer>();
        for (var token = ""; ;)
        {
            var all = query.Split('&').Concat(token.Length > 0 ? ["continuation-token=" + Uri.EscapeDataString(token)] : []).Order(StringComparer.Ordinal);
            pages.Add(await s3.Calls.Send("GET", $"/{bucket}?{string.Join('&', all)}"));
            if (pages[^1].Values("NextContinuationToken") is not [var next])
                return pages;
            token = next;
        }
    }
}
