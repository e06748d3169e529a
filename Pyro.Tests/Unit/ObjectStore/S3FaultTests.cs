using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Pyro.ObjectStore;
using Pyro.ObjectStore.S3;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>What S3 says is wrong, said so that a person knows what to change.</summary>
public sealed class S3FaultTests
{
    public static TheoryData<int, string, StoreFault, string, string?> Refusals => new()
    {
        { 403, "InvalidAccessKeyId", StoreFault.Denied, "does not know the access key 'my-key'", "storage.s3.access_key_id" },
        { 403, "SignatureDoesNotMatch", StoreFault.Denied, "secret key is not that of the access key 'my-key'", "storage.s3.secret_access_key" },
        { 403, "AccessDenied", StoreFault.Denied, "do not allow it in bucket 'my-bucket', or are wrong (AccessDenied: told AccessDenied)", "storage.s3.access_key_id" },
        { 400, "ExpiredToken", StoreFault.Denied, "temporary credentials", "storage.s3.access_key_id" },
        { 404, "NoSuchBucket", StoreFault.Misconfigured, "no bucket 'my-bucket' (-storage.s3.create-bucket makes it)", "storage.s3.bucket_name" },
        { 400, "IllegalLocationConstraintException", StoreFault.Misconfigured, "not in region 'us-east-1'", "storage.s3.region" },
        { 503, "SlowDown", StoreFault.Throttled, "fewer requests", null },
        { 429, "TooManyRequests", StoreFault.Throttled, "fewer requests", null },
        { 503, "ServiceUnavailable", StoreFault.Unavailable, "failed inside", null },
        { 500, "InternalError", StoreFault.Unavailable, "failed inside", null },
        { 507, "XMinioStorageFull", StoreFault.Full, "XMinioStorageFull", null },
        { 501, "NotImplemented", StoreFault.Misconfigured, "cannot do what it was asked", "storage.s3.chunked_encoding" },
        { 400, "KMS.DisabledException", StoreFault.Misconfigured, "KMS", "storage.s3.sse" },
        { 405, "MethodNotAllowed", StoreFault.Misconfigured, "does not answer as S3", "storage.s3.endpoint" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_names_its_cause_and_the_setting(int status, string code, StoreFault fault, string cause, string? setting)
    {
        await using var server = new ScriptedServer(tls: false, ScriptedServer.Error(status, code));
        var error = await Refused(Options(server.Port));
        Assert.Equal((fault, setting), (error.Fault, error.Setting));
        Assert.Contains(cause, error.Message, StringComparison.Ordinal);
        Assert.Contains($"s3 my-bucket at 127.0.0.1:{server.Port}: cannot list 'x/'", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(setting is null ? "" : $", see {setting}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("my-secret", error.ToString(), StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task What_other_tools_put_under_keys_that_nobody_else_can_have_is_not_listed()
    {
        const string Listing = """
            <?xml version="1.0"?><ListBucketResult><Name>my-bucket</Name><IsTruncated>false</IsTruncated>
            <Contents><Key>back\slash</Key><Size>1</Size></Contents><Contents><Key>folder/</Key><Size>0</Size></Contents><Contents><Key>ok</Key><Size>1</Size></Contents>
            <CommonPrefixes><Prefix>/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>../</Prefix></CommonPrefixes>
            <CommonPrefixes><Prefix>a\b/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>team/</Prefix></CommonPrefixes></ListBucketResult>
            """;
        await using var server = new ScriptedServer(tls: false, ScriptedServer.Answer(200, Listing));
        using var store = new S3Store(Options(server.Port), TimeProvider.System);
        var listed = await store.List("", recursive: false, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["ok", "team/"], listed.Select(static e => e.Key));
    }

    [Fact]
    public async Task A_refusal_without_a_body_is_told_by_its_status()
    {
        await using var server = new ScriptedServer(tls: false, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        using var store = new S3Store(Options(server.Port), TimeProvider.System);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.Attributes("k", CancellationToken.None));
        Assert.Equal((StoreFault.Denied, "storage.s3.access_key_id"), (error.Fault, error.Setting));
        Assert.Contains("cannot look at 'k': the credentials do not allow it in bucket 'my-bucket', or are wrong (403, without a reason)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_skewed_clock_is_told_by_how_much()
    {
        await using var server = new ScriptedServer(tls: false, ScriptedServer.Error(403, "RequestTimeTooSkewed", headers: "Date: Wed, 01 Jan 2025 12:00:00 GMT\r\n"));
        var error = await Refused(Options(server.Port), new FakeTimeProvider(new DateTimeOffset(2025, 1, 1, 14, 30, 5, TimeSpan.Zero)));
        Assert.Equal(StoreFault.Denied, error.Fault);
        Assert.Contains("clocks of this machine and of the store differ too much: this one is 0d 02:30 ahead", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_right_region_is_told()
    {
        await using var server = new ScriptedServer(tls: false, ScriptedServer.Error(400, "AuthorizationHeaderMalformed", headers: "x-amz-bucket-region: eu-west-3\r\n"));
        var error = await Refused(Options(server.Port));
        Assert.Equal((StoreFault.Misconfigured, "storage.s3.region"), (error.Fault, error.Setting));
        Assert.Contains("not in region 'us-east-1' but in 'eu-west-3' (AuthorizationHeaderMalformed: told AuthorizationHeaderMalformed)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_is_told()
    {
        // Bound without listening: nobody else gets the port meanwhile.
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        var error = await Refused(Options(port));
        Assert.Equal((StoreFault.Unavailable, "storage.s3.endpoint"), (error.Fault, error.Setting));
        Assert.Contains($"nobody listens at 127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_name_is_told()
    {
        var error = await Refused(Options(9) with { Endpoint = "no-such-host.invalid:9000" });
        Assert.Equal((StoreFault.Unavailable, "storage.s3.endpoint"), (error.Fault, error.Setting));
        Assert.Contains("the name of no-such-host.invalid:9000 is not known", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002\u0046")]
    public async Task Http_where_tls_is_spoken_is_told(string answer)
    {
        await using var server = new ScriptedServer(tls: false, answer);
        var error = await Refused(Options(server.Port));
        Assert.Equal("storage.s3.insecure", error.Setting);
        Assert.Contains("TLS", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_where_http_is_spoken_is_told()
    {
        await using var server = new ScriptedServer(tls: false, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        var error = await Refused(Options(server.Port) with { Insecure = false });
        Assert.Equal((StoreFault.Misconfigured, "storage.s3.insecure"), (error.Fault, error.Setting));
        Assert.Contains("plain HTTP", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_nobodys_is_told_and_may_be_taken()
    {
        await using var server = new ScriptedServer(tls: true, ScriptedServer.Error(403, "AccessDenied"));
        var options = Options(server.Port) with { Insecure = false };
        var error = await Refused(options);
        Assert.Equal((StoreFault.Misconfigured, "storage.s3.http.insecure_skip_verify"), (error.Fault, error.Setting));
        Assert.Equal(StoreFault.Denied, (await Refused(options with { SkipVerify = true })).Fault);
    }

    [Fact]
    public async Task An_answer_cut_off_is_no_end()
    {
        await using var server = new ScriptedServer(
            tls: false,
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nLast-Modified: Wed, 01 Jan 2025 12:00:00 GMT\r\nConnection: close\r\n\r\nhalf",
            "HTTP/1.1 206 Partial\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/100\r\nConnection: close\r\n\r\nhalf",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
        using var store = new S3Store(Options(server.Port), TimeProvider.System);
        Assert.True((await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ReadAll("k", 1000, CancellationToken.None))).IsTransient);
        Assert.True((await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetRange("k", 0, new byte[10], CancellationToken.None))).IsTransient);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetRange("k", 1, new byte[2], CancellationToken.None));
        Assert.Equal((StoreFault.Misconfigured, "storage.s3.endpoint"), (error.Fault, error.Setting));
    }

    [Fact]
    public async Task A_condition_that_the_store_does_not_know_is_left_out()
    {
        await using var server = new ScriptedServer(
            tls: false, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ScriptedServer.Error(501, "NotImplemented"), ScriptedServer.Answer(200, "", "ETag: \"1\"\r\n"),
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ScriptedServer.Answer(200, "", "ETag: \"1\"\r\n"));
        using var store = new S3Store(Options(server.Port), TimeProvider.System);
        await store.Put("k", ObjectBody.Of(new byte[3]), PutMode.CreateOnly, CancellationToken.None);
        await store.Put("l", ObjectBody.Of(new byte[3]), PutMode.CreateOnly, CancellationToken.None);
        Assert.Equal(["HEAD", "PUT", "PUT", "HEAD", "PUT"], server.Requests.Select(r => r.Split(' ')[0]));
        Assert.Equal([false, true, false, false, false], server.Requests.Select(r => r.Contains("If-None-Match: *", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task A_create_that_another_wins_is_refused()
    {
        await using var server = new ScriptedServer(tls: false, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ScriptedServer.Error(412, "PreconditionFailed"));
        using var store = new S3Store(Options(server.Port), TimeProvider.System);
        await Assert.ThrowsAsync<ObjectExistsException>(async () => await store.Put("k", ObjectBody.Of(new byte[3]), PutMode.CreateOnly, CancellationToken.None));
    }

    [Fact]
    public async Task Parts_that_cannot_all_be_sent_are_given_up()
    {
        await using var server = new ScriptedServer(
            tls: false,
            ScriptedServer.Answer(200, "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"),
            ScriptedServer.Answer(200, "", "ETag: \"1\"\r\n"), ScriptedServer.Error(500, "InternalError"), ScriptedServer.Answer(204, ""));
        using var store = new S3Store(Options(server.Port) with { PartBytes = S3Options.SmallestPart }, TimeProvider.System);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () =>
            await store.Put("k", ObjectBody.Of(new byte[11_000_000]), PutMode.Replace, CancellationToken.None));
        Assert.Equal(StoreFault.Unavailable, error.Fault);
        Assert.Equal(
            ["POST /my-bucket/k?uploads", "PUT /my-bucket/k?partNumber=1&uploadId=u1", "PUT /my-bucket/k?partNumber=2&uploadId=u1", "DELETE /my-bucket/k?uploadId=u1"],
            server.Requests.Select(r => r[..r.IndexOf(" HTTP", StringComparison.Ordinal)].Replace("uploads=", "uploads", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Region_and_content_are_signed()
    {
        await using var server = new ScriptedServer(tls: false, ScriptedServer.Answer(200, "", "ETag: \"1\"\r\n"));
        using var store = new S3Store(Options(server.Port) with { Region = "eu-north-1" }, TimeProvider.System);
        await store.Put("k", ObjectBody.Of("hello"u8.ToArray()), PutMode.Replace, CancellationToken.None);
        var request = Assert.Single(server.Requests);
        Assert.Contains("/eu-north-1/s3/aws4_request", request, StringComparison.Ordinal);
        Assert.Contains("x-amz-content-sha256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", request, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("SSE-S3", "AES256", false)]
    [InlineData("SSE-KMS", "aws:kms", true)]
    public async Task Encryption_and_class_stand_in_what_begins_an_object_however_it_is_sent(string encryption, string method, bool isKms)
    {
        await using var server = new ScriptedServer(
            tls: false,
            ScriptedServer.Answer(200, "", "ETag: \"1\"\r\n"),
            ScriptedServer.Answer(200, "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"),
            ScriptedServer.Answer(200, "", "ETag: \"1\"\r\n"), ScriptedServer.Answer(200, "", "ETag: \"2\"\r\n"),
            ScriptedServer.Answer(200, "<CompleteMultipartUploadResult><ETag>3</ETag></CompleteMultipartUploadResult>"));
        using var store = new S3Store(
            Options(server.Port) with
            {
                Encryption = encryption,
                KmsKey = isKms ? "k1" : "",
                KmsContext = isKms ? """{"b":"2","a":"1"}""" : "",
                StorageClass = "STANDARD_IA",
                PartBytes = S3Options.SmallestPart,
            },
            TimeProvider.System);
        await store.Put("k", ObjectBody.Of(new byte[10]), PutMode.Replace, CancellationToken.None);
        await store.Put("k", ObjectBody.Of(new byte[S3Options.SmallestPart + 1]), PutMode.Replace, CancellationToken.None);
        Assert.Equal(["PUT", "POST", "PUT", "PUT", "POST"], server.Requests.Select(static r => r.Split(' ')[0]));
        string[] wanted = isKms
            ? [$"x-amz-server-side-encryption: {method}", "x-amz-server-side-encryption-aws-kms-key-id: k1", $"x-amz-server-side-encryption-context: {Convert.ToBase64String("""{"a":"1","b":"2"}"""u8)}"]
            : [$"x-amz-server-side-encryption: {method}"];
        Assert.All(server.Requests[..2], request =>
        {
            var headers = request.Split("\r\n");
            Assert.Equal(wanted.Order(), headers.Where(static h => h.StartsWith("x-amz-server-side-encryption", StringComparison.OrdinalIgnoreCase)).Order());
            Assert.Contains("x-amz-storage-class: STANDARD_IA", headers, StringComparer.OrdinalIgnoreCase);
        });
        // The store refuses them in what follows.
        Assert.All(server.Requests[2..], static request => Assert.DoesNotContain("x-amz-server-side-encryption", request, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task The_bucket_stands_in_the_name_when_asked_to()
    {
        var error = await Refused(Options(9) with { Endpoint = "no-such-host.invalid:9000", PathStyle = false });
        Assert.Contains("my-bucket.no-such-host.invalid", error.InnerException!.ToString(), StringComparison.Ordinal);
        Assert.Contains("see also storage.s3.force_path_style", error.Message, StringComparison.Ordinal);
    }

    private static S3Options Options(int port) =>
        new() { Endpoint = $"127.0.0.1:{port}", Insecure = true, Bucket = "my-bucket", AccessKey = "my-key", SecretKey = "my-secret" };

    private static async Task<ObjectStoreException> Refused(S3Options options, TimeProvider? time = null)
    {
        using var store = new S3Store(options, time ?? TimeProvider.System);
        return await Assert.ThrowsAsync<ObjectStoreException>(async () =>
        {
            await foreach (var _ in store.List("x/", recursive: true, CancellationToken.None))
                Assert.Fail("nothing can be listed");
        });
    }
}
