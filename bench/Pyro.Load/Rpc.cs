using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;

namespace Pyro.Load;

/// <summary>Unary calls of a server by the Connect protocol.</summary>
/// <param name="client">Knows the server's address.</param>
/// <param name="tenant">For the header, where the server wants one.</param>
internal sealed class Rpc(HttpClient client, string? tenant)
{
    /// <summary>A call.</summary>
    /// <exception cref="HttpRequestException">The server refused.</exception>
    public async Task<T> Ask<T>(string method, IMessage message, MessageParser<T> parser, CancellationToken cancellation)
        where T : IMessage<T> => parser.ParseFrom(await Receive(method, message, cancellation));

    /// <summary>A call, and the bytes of its answer.</summary>
    /// <exception cref="HttpRequestException">The server refused.</exception>
    public async Task<byte[]> Receive(string method, IMessage message, CancellationToken cancellation)
    {
        using var request = Request(method, message, tenant);
        using var response = await client.SendAsync(request, cancellation);
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        return response.IsSuccessStatusCode ? body : throw new HttpRequestException($"{(int)response.StatusCode} {Encoding.UTF8.GetString(body)}");
    }

    /// <summary>The request of a call.</summary>
    public static HttpRequestMessage Request(string method, IMessage message, string? tenant)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/" + method)
        {
            Content = new ByteArrayContent(message.ToByteArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/proto") } },
        };
        if (tenant is not null)
            request.Headers.Add("X-Scope-OrgID", tenant);
        return request;
    }
}
