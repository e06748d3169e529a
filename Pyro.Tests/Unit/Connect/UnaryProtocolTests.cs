using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Connect.Protocol;

namespace Pyro.Tests.Unit.Connect;

/// <summary>The rules of the Connect protocol for unary calls, over real sockets.</summary>
public sealed class UnaryProtocolTests(ProbeServer server) : IClassFixture<ProbeServer>
{
    private const string AcceptPost =
        "application/grpc, application/grpc+json, application/grpc+json; charset=utf-8, application/grpc+proto, application/grpc-web, "
        + "application/grpc-web+json, application/grpc-web+json; charset=utf-8, application/grpc-web+proto, application/json, "
        + "application/json; charset=utf-8, application/proto";

    private static readonly byte[] Hello = new Ask { Text = "hello", Number = 5 }.ToByteArray();

    [Theory]
    [InlineData(14, true)]
    [InlineData(13, false)]
    public async Task What_is_not_available_now_may_be_asked_again(int code, bool again)
    {
        var body = System.Text.Encoding.ASCII.GetBytes($$"""{"order":"refuse","number":{{code}},"text":"no"}""");
        using var response = await server.Call("Unary", body, "application/json");
        Assert.Equal(again, response.Headers.Contains("Retry-After"));
    }

    [Fact]
    public async Task A_binary_call_is_answered_in_binary()
    {
        using var response = await server.Call("Unary", Hello, "application/proto", ("Connect-Protocol-Version", "1"), ("Connect-Timeout-Ms", "500000"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/proto", Header(response, "Content-Type"));
        Assert.Equal("gzip", Header(response, "Accept-Encoding"));
        Assert.Null(Header(response, "Content-Encoding"));
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(body.Length, response.Content.Headers.ContentLength);
        Assert.Equal(new Answer { Text = "hello", Number = 5 }, Answer.Parser.ParseFrom(body));
    }

    [Fact]
    public async Task A_json_call_is_answered_in_json_without_blanks()
    {
        var (status, body) = await server.CallJson("Unary", """{ "text" : "a b", "number" : "9007199254740993" , "nobody": [1, {"x": null}] }""");
        Assert.Equal(200, status);
        Assert.Equal("""{"text":"a b","number":"9007199254740993"}""", body);
    }

    [Theory]
    [InlineData("application/proto", "application/proto")]
    [InlineData("APPLICATION/Proto", "application/proto")]
    [InlineData("application/json", "application/json")]
    [InlineData("Application/JSON", "application/json")]
    [InlineData("application/json; charset=utf-8", "application/json; charset=utf-8")]
    [InlineData("application/json;charset=UTF-8", "application/json; charset=utf-8")]
    public async Task Content_types_are_read_without_case_and_answered_canonically(string asked, string answered)
    {
        var json = asked.Contains("json", StringComparison.OrdinalIgnoreCase);
        using var response = await server.Call("Unary", json ? "{}"u8.ToArray() : [], asked);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(answered, Header(response, "Content-Type"));
        Assert.Equal(json ? "{}" : "", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/protobuf")]
    [InlineData("application/proto; charset=utf-8")]
    [InlineData("application/json;charset=utf-16")]
    [InlineData("application/connect+json")]
    [InlineData("application/connect+proto")]
    [InlineData("application/grpc-web-text")]
    [InlineData("application/grpcx")]
    public async Task Other_content_types_are_refused_with_what_is_accepted(string? type)
    {
        using var response = await server.Call("Unary", "{}"u8.ToArray(), type);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal(AcceptPost, Header(response, "Accept-Post"));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    public async Task Other_methods_are_refused(string method)
    {
        (string, string)[] headers = method == "OPTIONS" ? [("Origin", "http://a"), ("Access-Control-Request-Method", "POST")] : [];
        using var response = await server.Send(new HttpMethod(method), "/pyro.tests.v1.Probe/Unary?encoding=json&message=%7B%7D", headers: headers);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("POST", Header(response, "Allow"));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/pyro.tests.v1.Probe/Nope", "application/json")]
    [InlineData("/pyro.tests.v1.Nope/Unary", "application/proto")]
    [InlineData("/pyro.tests.v1.Probe/Nope", "application/grpc")]
    public async Task An_unknown_method_is_an_unknown_path(string path, string type)
    {
        using var content = new ByteArrayContent([]);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await server.Send(HttpMethod.Post, path, content, HttpVersion.Version20);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("Connect-Protocol-Version", "2", 400, "invalid_argument", "Connect-Protocol-Version must be \"1\": got \"2\"")]
    [InlineData("Connect-Protocol-Version", "1.0", 400, "invalid_argument", "Connect-Protocol-Version must be \"1\": got \"1.0\"")]
    [InlineData("Connect-Timeout-Ms", "abc", 400, "invalid_argument", "parse timeout")]
    [InlineData("Connect-Timeout-Ms", "1.5", 400, "invalid_argument", "parse timeout")]
    [InlineData("Connect-Timeout-Ms", "12345678901", 400, "invalid_argument", "parse timeout: \"12345678901\" has >10 digits")]
    [InlineData("Connect-Timeout-Ms", "0", 504, "deadline_exceeded", "")]
    [InlineData("Connect-Timeout-Ms", "-1", 504, "deadline_exceeded", "")]
    [InlineData("Content-Encoding", "br", 501, "unimplemented", "unknown compression \"br\": supported encodings are gzip")]
    [InlineData("Content-Encoding", "GZIP", 501, "unimplemented", "unknown compression \"GZIP\": supported encodings are gzip")]
    [InlineData("Content-Encoding", "gzip", 400, "invalid_argument", "get decompressor")]
    public async Task Headers_that_cannot_be_are_refused(string name, string value, int status, string code, string message)
    {
        using var response = await server.Call("Unary", "{\"text\":\"pod\"}"u8.ToArray(), "application/json", (name, value));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/json", Header(response, "Content-Type"));
        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(code, error.RootElement.GetProperty("code").GetString());
        Assert.StartsWith(message, error.RootElement.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("Connect-Protocol-Version", "")]
    [InlineData("Connect-Timeout-Ms", "")]
    [InlineData("Connect-Timeout-Ms", "9999999999")]
    [InlineData("Content-Encoding", "identity")]
    public async Task Headers_that_say_nothing_count_as_absent(string name, string value)
    {
        var (status, _) = await server.CallJson("Unary", "{}", (name, value));
        Assert.Equal(200, status);
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("br, gzip", true)]
    [InlineData("br,gzip,zstd", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("br, gzip;q=1.0", false)]
    [InlineData("GZIP", false)]
    [InlineData("identity", false)]
    public async Task The_answer_is_packed_when_gzip_stands_in_the_list_by_itself(string accepted, bool packed)
    {
        foreach (var body in new[] { Hello, [] })
        {
            using var response = await server.Call("Unary", body, "application/proto", ("Accept-Encoding", accepted));
            Assert.Equal(packed ? "gzip" : null, Header(response, "Content-Encoding"));
            var answer = await response.Content.ReadAsByteArrayAsync();
            Assert.Equal(Answer.Parser.ParseFrom(body), Answer.Parser.ParseFrom(packed ? Gunzip(answer) : answer), AnswerAsAsk);
        }
    }

    [Fact]
    public async Task A_packed_request_has_a_packed_answer()
    {
        using var response = await server.Call("Unary", Gzip(Hello), "application/proto", ("Content-Encoding", "gzip"));
        Assert.Equal("gzip", Header(response, "Content-Encoding"));
        Assert.Equal("hello", Answer.Parser.ParseFrom(Gunzip(await response.Content.ReadAsByteArrayAsync())).Text);
    }

    [Fact]
    public async Task An_error_is_never_packed()
    {
        using var response = await server.Call("Unary", Gzip("{\"order\":\"refuse\",\"number\":5,\"text\":\"no\"}"u8.ToArray()), "application/json", ("Content-Encoding", "gzip"), ("Accept-Encoding", "gzip"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Null(Header(response, "Content-Encoding"));
        Assert.Equal("""{"code":"not_found","message":"no"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Truncated_gzip_is_refused()
    {
        var packed = Gzip(new Ask { Blob = ByteString.CopyFrom(new byte[5000]) }.ToByteArray());
        for (var length = 1; length < packed.Length; length++)
        {
            using var response = await server.Call("Unary", packed[..length], "application/proto", ("Content-Encoding", "gzip"));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Fact]
    public async Task An_empty_body_is_the_default_message_in_binary_and_none_in_json()
    {
        using var binary = await server.Call("Unary", [], "application/proto");
        Assert.Equal(HttpStatusCode.OK, binary.StatusCode);
        using var packed = await server.Call("Unary", [], "application/proto", ("Content-Encoding", "gzip"));
        Assert.Equal(HttpStatusCode.OK, packed.StatusCode);
        var (status, body) = await server.CallJson("Unary", "");
        Assert.Equal(400, status);
        Assert.Equal("""{"code":"invalid_argument","message":"unmarshal message: zero-length payload is not a valid JSON object"}""", body);
    }

    [Theory]
    [InlineData("/////w==", "application/proto")]
    [InlineData("CgVoZWw=", "application/proto")]
    [InlineData("ew==", "application/json")]
    public async Task An_undecodable_body_is_invalid(string body, string type)
    {
        using var response = await server.Call("Unary", Convert.FromBase64String(body), type);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("invalid_argument", error.RootElement.GetProperty("code").GetString());
        Assert.StartsWith("unmarshal message: ", error.RootElement.GetProperty("message").GetString());
    }

    public static TheoryData<int> Codes() => [.. Enumerable.Range(1, 16)];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Every_code_has_its_status_and_name(int number)
    {
        string[] names =
        [
            "", "canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists", "permission_denied", "resource_exhausted",
            "failed_precondition", "aborted", "out_of_range", "unimplemented", "internal", "unavailable", "data_loss", "unauthenticated",
        ];
        int[] statuses = [0, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];
        foreach (var order in new[] { "refuse", "status" })
        {
            var (status, body) = await server.CallJson("Unary", $$"""{"order":"{{order}}","number":{{number}},"text":"why"}""");
            Assert.Equal(statuses[number], status);
            Assert.Equal($$"""{"code":"{{names[number]}}","message":"why"}""", body);
        }
        Assert.Equal(names[number], ConnectCode.Name((StatusCode)number));
        Assert.Equal(statuses[number], ConnectCode.Http((StatusCode)number));
    }

    [Theory]
    [InlineData(400, StatusCode.InvalidArgument)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(409, StatusCode.Unknown)]
    [InlineData(412, StatusCode.FailedPrecondition)]
    [InlineData(413, StatusCode.InvalidArgument)]
    [InlineData(429, StatusCode.ResourceExhausted)]
    [InlineData(431, StatusCode.ResourceExhausted)]
    [InlineData(499, StatusCode.Cancelled)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(501, StatusCode.Unknown)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.DeadlineExceeded)]
    public void A_plain_status_stands_for_a_code(int status, StatusCode code) => Assert.Equal(code, ConnectCode.FromHttp(status));

    [Fact]
    public async Task An_error_without_message_has_none_in_json()
    {
        var (_, body) = await server.CallJson("Unary", """{"order":"refuse","number":3}""");
        Assert.Equal("""{"code":"invalid_argument"}""", body);
    }

    [Fact]
    public async Task An_error_is_escaped_as_in_go_and_has_details_and_trailers()
    {
        using var response = await server.Call("Unary", new Ask { Order = "refuse with trailers" }.ToByteArray(), "application/proto");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("gone", Header(response, "Trailer-why"));
        Assert.Null(Header(response, "Trailer-grpc-status-details-bin"));
        var detail = Convert.ToBase64String(new Answer { Text = "detail" }.ToByteArray()).TrimEnd('=');
        Assert.Equal(
            $$"""{"code":"not_found","message":"\u003cnone\u003e \u0026 \"quoted\"","details":[{"type":"pyro.tests.v1.Answer","value":"{{detail}}"}]}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Headers_and_trailers_travel_both_ways()
    {
        using var response = await server.Call("Unary", new Ask { Order = "metadata" }.ToByteArray(), "application/proto", ("Question", "forty-two"), ("Blob-Bin", "AQL/, AQ=="));
        Assert.Equal("forty-two", Header(response, "answer"));
        Assert.Equal("AQL/", Header(response, "raw-bin"));
        Assert.Equal("end", Header(response, "Trailer-tail"));
        Assert.Equal("AwQ", Header(response, "Trailer-tail-bin"));
        var blobs = server.Service.Seen!.RequestHeaders.GetAll("blob-bin").ToList();
        Assert.Equal([[1, 2, 255], [1]], blobs.Select(blob => blob.ValueBytes));
    }

    [Theory]
    [InlineData("wait")]
    [InlineData("wait-badly")]
    public async Task A_passed_deadline_beats_every_other_exception(string order)
    {
        var (status, body) = await server.CallJson("Unary", $$"""{"order":"{{order}}"}""", ("Connect-Timeout-Ms", "60"));
        Assert.Equal(504, status);
        Assert.Equal("""{"code":"deadline_exceeded","message":"context deadline exceeded"}""", body);
    }

    [Fact]
    public async Task An_unexpected_exception_is_internal_and_tells_nothing()
    {
        var (status, body) = await server.CallJson("Unary", """{"order":"break"}""");
        Assert.Equal(500, status);
        Assert.Contains("\"internal\"", body);
        Assert.DoesNotContain("secret", body);
        Assert.DoesNotContain(" at ", body);
    }

    [Fact]
    public async Task A_method_with_a_marshaller_of_its_own_speaks_binary_and_json()
    {
        var ask = new Ask { Text = "x", Number = -3, Blob = ByteString.CopyFrom(new byte[70_000]) };
        using var response = await server.Call("Raw", ask.ToByteArray(), "application/proto");
        var answer = Answer.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(("raw x", -3L, 70_000), (answer.Text, answer.Number, answer.Blob.Length));
        Assert.Equal(ask.CalculateSize(), server.RawLength);
        var (status, body) = await server.CallJson("Raw", """{"text":"y","number":"-3","blob":"_-8"}""");
        Assert.Equal(200, status);
        Assert.Equal("""{"text":"raw y","number":"-3","blob":"/+8="}""", body);
    }

    [Fact]
    public async Task Over_http2_without_tls_it_is_the_same()
    {
        using var content = new ByteArrayContent("{\"text\":\"pod\"}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using var response = await server.Send(HttpMethod.Post, "/pyro.tests.v1.Probe/Unary", content, HttpVersion.Version20);
        Assert.Equal(HttpVersion.Version20, response.Version);
        Assert.Equal("""{"text":"pod"}""", await response.Content.ReadAsStringAsync());
    }

    internal static byte[] Gzip(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return output.ToArray();
    }

    internal static byte[] Gunzip(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))
            gzip.CopyTo(output);
        return output.ToArray();
    }

    internal static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) || response.Content.Headers.NonValidated.TryGetValues(name, out values)
            ? values.ToString()
            : null;

    // Ask and Answer share the fields text and number under other numbers; only the text is compared.
    private static bool AnswerAsAsk(Answer expected, Answer actual) => expected.Text == actual.Text;
}
