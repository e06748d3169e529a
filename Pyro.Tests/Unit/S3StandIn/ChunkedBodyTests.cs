using System.Text;
using Aspire.StandIns.S3.Bodies;

namespace Pyro.Tests.Unit.S3StandIn;

/// <summary>Bodies in all forms of aws-chunked, with every checksum, right and wrong.</summary>
public sealed class ChunkedBodyTests(RunningS3 s3) : IClassFixture<RunningS3>
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7 % 251))];

    public static TheoryData<string, string> Trailers()
    {
        var all = new TheoryData<string, string>();
        foreach (var name in Checksum.Names)
        {
            all.Add(S3Calls.ChunksAndTrailer, name);
            all.Add(S3Calls.SignedChunksAndTrailer, name);
        }
        return all;
    }

    [Theory]
    [InlineData("crc32", "cbf43926")]
    [InlineData("crc32c", "e3069283")]
    [InlineData("crc64nvme", "ae8b14860a799888")]
    [InlineData("sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441")]
    [InlineData("sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225")]
    public void Checksums_are_those_of_their_catalogues(string name, string expected)
    {
        using var checksum = Checksum.Create(name);
        checksum.Append("1234"u8);
        checksum.Append("56789"u8);
        Assert.Equal(expected, Convert.ToHexStringLower(checksum.Finish()));
    }

    [Theory]
    [MemberData(nameof(Trailers))]
    public async Task Content_with_a_trailer_is_kept_and_its_checksum_given_back(string form, string name)
    {
        var bucket = await s3.NewBucket();
        var put = await Put(bucket, form, ("x-amz-checksum-" + name, Sum(name, Content)));
        Assert.True(put.Status == 200, put.Text);
        var got = await s3.Calls.Send("GET", $"/{bucket}/a", null, ("x-amz-checksum-mode", "ENABLED"));
        Assert.Equal(Content, got.Body);
        Assert.Equal(Sum(name, Content), got.Headers["x-amz-checksum-" + name]);
        Assert.DoesNotContain("content-encoding", got.Headers.Keys);
    }

    [Fact]
    public async Task Signed_chunks_without_a_trailer_are_kept_and_so_is_nothing_at_all()
    {
        var bucket = await s3.NewBucket();
        Assert.Equal(200, (await Put(bucket, S3Calls.SignedChunks, null)).Status);
        Assert.Equal(Content, (await s3.Calls.Send("GET", $"/{bucket}/a")).Body);
        Assert.Equal(200, (await Put(bucket, S3Calls.SignedChunks, null, content: [])).Status);
        Assert.Equal("0", (await s3.Calls.Send("HEAD", $"/{bucket}/a")).Headers["content-length"]);
    }

    [Theory]
    [MemberData(nameof(Trailers))]
    public async Task A_wrong_checksum_is_found_in_trailer_and_head(string form, string name)
    {
        var bucket = await s3.NewBucket();
        var wrong = ("x-amz-checksum-" + name, Sum(name, "another"u8.ToArray()));
        var put = await Put(bucket, form, wrong);
        Assert.Equal((400, "XAmzContentChecksumMismatch"), (put.Status, put.Code));
        var head = await s3.Calls.Send("PUT", $"/{bucket}/a", () => Content, S3Calls.Unsigned, wrong);
        Assert.Equal((400, "XAmzContentChecksumMismatch"), (head.Status, head.Code));
        Assert.Equal(404, (await s3.Calls.Send("HEAD", $"/{bucket}/a")).Status);
    }

    [Theory]
    [InlineData(S3Calls.SignedChunks, "SignatureDoesNotMatch")]
    [InlineData(S3Calls.SignedChunksAndTrailer, "SignatureDoesNotMatch")]
    [InlineData(S3Calls.ChunksAndTrailer, "XAmzContentChecksumMismatch")]
    public async Task A_byte_changed_on_its_way_is_found(string form, string code)
    {
        var bucket = await s3.NewBucket();
        var trailer = form == S3Calls.SignedChunks ? default((string, string)?) : ("x-amz-checksum-crc32c", Sum("crc32c", Content));
        var put = await Put(bucket, form, trailer, body => body[150_000] ^= 1);
        Assert.Equal(code, put.Code);
        Assert.Equal(404, (await s3.Calls.Send("HEAD", $"/{bucket}/a")).Status);
    }

    [Fact]
    public async Task A_trailer_is_signed_too_and_has_to_come_when_it_was_announced()
    {
        var bucket = await s3.NewBucket();
        var trailer = ("x-amz-checksum-crc32", Sum("crc32", Content));
        // The last bytes are: signature CR LF CR LF.
        Assert.Equal("SignatureDoesNotMatch", (await Put(bucket, S3Calls.SignedChunksAndTrailer, trailer, body => body[^5] ^= 1)).Code);
        var calls = s3.Calls;
        var none = await calls.Send(
            "PUT", $"/{bucket}/a", () => calls.Chunks(Content, 65_536, S3Calls.ChunksAndTrailer), S3Calls.ChunksAndTrailer,
            ("x-amz-decoded-content-length", $"{Content.Length}"), ("x-amz-trailer", "x-amz-checksum-crc32"));
        Assert.Equal("XAmzContentChecksumMismatch", none.Code);
        Assert.Equal(404, (await calls.Send("HEAD", $"/{bucket}/a")).Status);
    }

    [Theory]
    [InlineData("", "IncompleteBody")]
    [InlineData("5\r\nab", "IncompleteBody")]
    [InlineData("2\r\nabc\r\n0\r\n\r\n", "IncompleteBody")]
    [InlineData("2\r\nab\r\n0\r\n\r\n", "IncompleteBody")]
    [InlineData("5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n", "IncompleteBody")]
    [InlineData("x\r\n", "InvalidChunkSizeError")]
    [InlineData("-5\r\n", "InvalidChunkSizeError")]
    [InlineData("ffffffffffffffff\r\nab", "InvalidChunkSizeError")]
    [InlineData("7fffffffffffffff\r\nabcdefgh", "IncompleteBody")]
    [InlineData("5\r\nabcde\r\n0\r\nno trailer\r\n\r\n", "MalformedTrailerError")]
    public async Task Chunks_that_are_none_are_refused(string body, string code)
    {
        var bucket = await s3.NewBucket();
        var put = await s3.Calls.Send(
            "PUT", $"/{bucket}/a", () => Encoding.ASCII.GetBytes(body), S3Calls.ChunksAndTrailer, ("x-amz-decoded-content-length", "5"));
        Assert.Equal((400, code), (put.Status, put.Code));
        Assert.Equal(404, (await s3.Calls.Send("HEAD", $"/{bucket}/a")).Status);
    }

    [Fact]
    public async Task A_line_without_an_end_is_not_kept_in_memory()
    {
        var bucket = await s3.NewBucket();
        var put = await s3.Calls.Send("PUT", $"/{bucket}/a", () => new byte[1 << 20], S3Calls.ChunksAndTrailer, ("x-amz-decoded-content-length", "5"));
        Assert.Equal("InvalidChunkSizeError", put.Code);
        var unsaid = await s3.Calls.Send("PUT", $"/{bucket}/a", () => "0\r\n\r\n"u8.ToArray(), S3Calls.ChunksAndTrailer);
        Assert.Equal((411, "MissingContentLength"), (unsaid.Status, unsaid.Code));
    }

    private async Task<S3Answer> Put(
        string bucket, string form, (string Name, string Value)? trailer, Action<byte[]>? damage = null, byte[]? content = null)
    {
        content ??= Content;
        var calls = s3.Calls;
        (string, string)[] headers = [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", $"{content.Length}")];
        return await calls.Send("PUT", $"/{bucket}/a", () =>
        {
            var body = calls.Chunks(content, 65_536, form, trailer);
            damage?.Invoke(body);
            return body;
        }, form, trailer is { } one ? [.. headers, ("x-amz-trailer", one.Name)] : headers);
    }

    private static string Sum(string name, byte[] content)
    {
        using var checksum = Checksum.Create(name);
        checksum.Append(content);
        return Convert.ToBase64String(checksum.Finish());
    }
}
