using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using Google.Protobuf;
using Pyro.Api.Push;

namespace Pyro.Tests.Cluster;

/// <summary>Bodies that would take more memory than they measure on the wire are refused while they are read, and cost no more than the budget.</summary>
public sealed class BombTests
{
    private const long Budget = 200L << 20;
    private const string Push = "/push.v1.PusherService/Push";
    private const string LabelNames = "/querier.v1.QuerierService/LabelNames";

    [Fact]
    public async Task Packed_zeros_are_refused_and_leave_the_memory_as_it_was()
    {
        await using var pyro = await RunningPyro.Start([$"-memory.budget={Budget >> 20}MiB"]);
        using var client = new HttpClient { BaseAddress = pyro.Url };
        var bomb = Gzip(200 << 20);
        var before = Resident(pyro);
        foreach (var path in new[] { Push, LabelNames })
        {
            await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
            {
                using var answer = await client.PostAsync(path, Body(bomb, "application/proto", "Content-Encoding"));
                Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
                Assert.Contains("resource_exhausted", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
                if (path == Push)
                    Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
            }));
            await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ => Assert.Equal("8", await Grpc(client, path, Frame(1, bomb)))));
        }
        Assert.InRange(Resident(pyro), 0, 2 * before + Budget);

        using var chunked = Body(new byte[64 << 20], "application/proto");
        using var request = new HttpRequestMessage(HttpMethod.Post, Push) { Content = chunked };
        request.Headers.TransferEncodingChunked = true;
        using var late = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.TooManyRequests, late.StatusCode);
        Assert.Equal("1", late.Headers.GetValues("Retry-After").Single());

        Assert.Equal("13", await Grpc(client, LabelNames, Frame(7, [1, 2, 3])));
        Assert.DoesNotContain("Exception", pyro.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_push_and_an_ingest_unpack_to_is_taken_from_the_budget()
    {
        await using var pyro = await RunningPyro.Start(
            [$"-memory.budget={Budget >> 20}MiB", "-validation.max-profile-size-bytes=0", "-distributor.ingestion-body-limit-mb=1000"]);
        using var client = new HttpClient { BaseAddress = pyro.Url };
        var bomb = Gzip(200 << 20);
        var form = (byte[])[.. "--b\r\nContent-Disposition: form-data; name=\"profile\"; filename=\"p\"\r\n\r\n"u8, .. bomb, .. "\r\n--b--\r\n"u8];
        var push = new PushRequest { Series = { new RawProfileSeries { Samples = { new RawSample { RawProfile = ByteString.CopyFrom(bomb) } } } } };
        (string Path, string Type, byte[] Body)[] requests =
        [
            (Push, "application/proto", push.ToByteArray()),
            ("/ingest?name=x&format=pprof", "application/octet-stream", bomb),
            ("/ingest?name=x", "multipart/form-data; boundary=b", form),
        ];
        var least = long.MaxValue;
        for (var i = 0; i < 5 && least > Budget / 4; i++)
        {
            var before = Resident(pyro);
            foreach (var (path, type, body) in requests)
            {
                using var answer = await client.PostAsync(path, Body(body, type));
                Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (answer.StatusCode, answer.Headers.GetValues("Retry-After").Single()));
                Assert.Contains("resource_exhausted", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
            Assert.Equal("8", await Grpc(client, Push, Frame(0, push.ToByteArray())));
            least = Math.Min(least, Resident(pyro) - before);
        }
        Assert.InRange(least, long.MinValue, Budget / 4);

        // All of it was given back.
        using var second = await client.PostAsync("/ingest?name=x&format=pprof", Body([1, 2, 3], "application/octet-stream"));
        Assert.NotEqual(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.DoesNotContain("Exception", pyro.Log, StringComparison.Ordinal);
    }

    private static async Task<string> Grpc(HttpClient client, string path, byte[] frame)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = Body(frame, "application/grpc"),
        };
        request.Headers.Add("grpc-encoding", "gzip");
        request.Headers.Add("te", "trailers");
        using var answer = await client.SendAsync(request);
        await answer.Content.ReadAsByteArrayAsync();
        return answer.TrailingHeaders.Concat(answer.Headers).First(header => header.Key == "grpc-status").Value.Single();
    }

    private static ByteArrayContent Body(byte[] bytes, string type, string? packed = null)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (packed is not null)
            content.Headers.TryAddWithoutValidation(packed, "gzip");
        return content;
    }

    private static byte[] Frame(byte flags, byte[] message)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static byte[] Gzip(int zeros)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(new byte[zeros]);
        return packed.ToArray();
    }

    private static long Resident(RunningPyro pyro)
    {
        using var process = Process.GetProcessById(pyro.ProcessId);
        return process.WorkingSet64;
    }
}
