using Microsoft.Extensions.Time.Testing;

namespace Pyro.Tests.Unit.S3StandIn;

/// <summary>Who may do what: signatures in the head and in the query, and how wrong ones are refused.</summary>
public sealed class SignatureTests(RunningS3 s3) : IClassFixture<RunningS3>
{
    private static readonly byte[] Content = "content"u8.ToArray();

    [Fact]
    public async Task A_signed_request_is_answered_whatever_is_in_its_path_query_and_headers()
    {
        var bucket = await s3.NewBucket();
        var target = $"/{bucket}/a%20b%2Bc/%C3%A4%25~";
        Assert.Equal(200, (await s3.Calls.Send("PUT", target, Content, ("x-amz-meta-a", "1 2"))).Status);
        var answer = await s3.Calls.Send("GET", target + "?response-content-type=text%2Fplain%3B%20x", null, ("range", "bytes=0-2"));
        Assert.Equal((206, "con", "text/plain; x", "1 2"), (answer.Status, answer.Text, answer.Headers["content-type"], answer.Headers["x-amz-meta-a"]));
        Assert.Equal(["a b+c/ä%~"], (await s3.Calls.Send("GET", $"/{bucket}?prefix=a%20b")).Values("Key"));
    }

    [Fact]
    public async Task Wrong_credentials_are_refused_by_their_names()
    {
        var bucket = await s3.NewBucket();
        Assert.Equal((403, "SignatureDoesNotMatch"), await Refusal(new S3Calls(s3.Url, RunningS3.AccessKey, "another-secret"), bucket));
        Assert.Equal((403, "InvalidAccessKeyId"), await Refusal(new S3Calls(s3.Url, "nobody", RunningS3.SecretKey), bucket));
        foreach (var minutes in (int[])[-16, 16])
        {
            var calls = new S3Calls(s3.Url, RunningS3.AccessKey, RunningS3.SecretKey) { Now = DateTimeOffset.UtcNow.AddMinutes(minutes) };
            Assert.Equal((403, "RequestTimeTooSkewed"), await Refusal(calls, bucket));
        }
        var anonymous = await s3.Calls.SendRaw("GET", $"/{bucket}", null);
        Assert.Equal((403, "AccessDenied"), (anonymous.Status, anonymous.Code));
        Assert.Equal($"/{bucket}", anonymous.Values("Resource").Single());
        Assert.NotEmpty(anonymous.Values("RequestId").Single());
        var old = await s3.Calls.SendRaw("GET", $"/{bucket}", null, ("authorization", "AWS key:signature"));
        Assert.Equal((400, "InvalidRequest"), (old.Status, old.Code));
        Assert.Empty((await s3.Calls.Send("GET", $"/{bucket}")).Values("Key"));
    }

    [Fact]
    public async Task A_body_that_is_not_the_signed_one_is_not_kept()
    {
        var bucket = await s3.NewBucket();
        var calls = s3.Calls;
        var other = await calls.Send("PUT", $"/{bucket}/a", () => Content, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("another"u8)));
        Assert.Equal((400, "XAmzContentSHA256Mismatch"), (other.Status, other.Code));
        var md5 = await calls.Send("PUT", $"/{bucket}/a", Content, ("content-md5", Convert.ToBase64String(new byte[16])));
        Assert.Equal((400, "BadDigest"), (md5.Status, md5.Code));
        Assert.Equal(404, (await calls.Send("GET", $"/{bucket}/a")).Status);
    }

    [Fact]
    public async Task A_signed_address_is_good_for_its_time_and_for_what_it_says()
    {
        var bucket = await s3.NewBucket();
        await s3.Calls.Send("PUT", $"/{bucket}/a", Content);
        var calls = new S3Calls(s3.Url, RunningS3.AccessKey, RunningS3.SecretKey) { Now = DateTimeOffset.UtcNow.AddHours(-1) };
        Assert.Equal("content", (await calls.SendRaw("GET", calls.Presign("GET", $"/{bucket}/a", 7200), null)).Text);
        Assert.Equal("AccessDenied", (await calls.SendRaw("GET", calls.Presign("GET", $"/{bucket}/a", 60), null)).Code);
        Assert.Equal("SignatureDoesNotMatch", (await calls.SendRaw("DELETE", calls.Presign("GET", $"/{bucket}/a", 7200), null)).Code);
        Assert.Equal("SignatureDoesNotMatch", (await calls.SendRaw("GET", calls.Presign("GET", $"/{bucket}/a", 7200).Replace("/a?", "/b?", StringComparison.Ordinal), null)).Code);
        Assert.Equal("AuthorizationQueryParametersError", (await calls.SendRaw("GET", calls.Presign("GET", $"/{bucket}/a", 8 * 24 * 3600), null)).Code);
        Assert.Equal(200, (await calls.SendRaw("PUT", calls.Presign("PUT", $"/{bucket}/put", 7200), Content)).Status);
    }

    [Fact]
    public async Task A_server_with_a_region_names_it_to_who_signs_for_another()
    {
        var folder = Directory.CreateTempSubdirectory("pyro-s3-");
        try
        {
            var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
            await using var server = await RunningS3.Start(new() { Folder = folder.FullName, Region = "eu-west-1", Time = time });
            var wrong = await new S3Calls(server.Url, RunningS3.AccessKey, RunningS3.SecretKey).Send("GET", "/");
            Assert.Equal((400, "AuthorizationHeaderMalformed"), (wrong.Status, wrong.Code));
            Assert.Equal(["eu-west-1"], wrong.Values("Region"));
            Assert.Equal(200, (await new S3Calls(server.Url, RunningS3.AccessKey, RunningS3.SecretKey) { Region = "eu-west-1" }.Send("GET", "/")).Status);
            time.Advance(TimeSpan.FromHours(1));
            Assert.Equal("RequestTimeTooSkewed", (await new S3Calls(server.Url, RunningS3.AccessKey, RunningS3.SecretKey) { Region = "eu-west-1" }.Send("GET", "/")).Code);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(int, string)> Refusal(S3Calls calls, string bucket)
    {
        var answer = await calls.Send("PUT", $"/{bucket}/a", Content);
        return (answer.Status, answer.Code);
    }
}
