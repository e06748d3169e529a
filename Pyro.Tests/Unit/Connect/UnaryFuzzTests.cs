using System.Net;
using Google.Protobuf;

namespace Pyro.Tests.Unit.Connect;

/// <summary>Whatever the body of a unary call is, the answer is a message or an error of the client's.</summary>
public sealed class UnaryFuzzTests(ProbeServer server) : IClassFixture<ProbeServer>
{
    [Theory]
    [InlineData("application/proto", null)]
    [InlineData("application/json", null)]
    [InlineData("application/proto", "gzip")]
    public void No_body_makes_the_server_fail(string type, string? encoding)
    {
        var message = new Everything { AString = "hello", AnInt64 = -5, Child = new() { ManyInt64 = { 1, 2, 3 } }, ByName = { ["a"] = 1 } };
        byte[][] seeds = type == "application/json"
            ? ["{}"u8.ToArray(), System.Text.Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(message))]
            : [[], message.ToByteArray()];
        if (encoding is not null)
            seeds = [.. seeds.Select(UnaryProtocolTests.Gzip)];
        using var client = new HttpClient();
        Fuzz.Run($"connect unary {type} {encoding}", seeds, body =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, server.Url + "/pyro.tests.v1.Probe/Mirror") { Content = new ByteArrayContent(body) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            if (encoding is not null)
                request.Content.Headers.ContentEncoding.Add(encoding);
            using var response = client.Send(request);
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.BadRequest or HttpStatusCode.TooManyRequests))
                throw new InvalidOperationException($"status {(int)response.StatusCode}");
        });
    }
}
