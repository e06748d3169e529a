using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Pyro.Api.Querier;

namespace Pyro.Load;

/// <summary>Asks a server for flame graphs of CPU time.</summary>
internal sealed class FlameGraphQuery(HttpClient client, string? tenant)
{
    private const string CpuType = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

    /// <summary>The flame graph of what a selector selects in a range (ms since the epoch, both ends inclusive).</summary>
    /// <exception cref="HttpRequestException">The server refused.</exception>
    public async Task<FlameGraph> Ask(string selector, long start, long end, long maxNodes, CancellationToken cancellation)
    {
        var message = new SelectMergeStacktracesRequest { ProfileTypeID = CpuType, LabelSelector = selector, Start = start, End = end, MaxNodes = maxNodes };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/querier.v1.QuerierService/SelectMergeStacktraces")
        {
            Content = new ByteArrayContent(message.ToByteArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/proto") } },
        };
        if (tenant is not null)
            request.Headers.Add("X-Scope-OrgID", tenant);
        using var response = await client.SendAsync(request, cancellation);
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        return response.IsSuccessStatusCode
            ? SelectMergeStacktracesResponse.Parser.ParseFrom(body).Flamegraph ?? new FlameGraph()
            : throw new HttpRequestException($"{(int)response.StatusCode} {Encoding.UTF8.GetString(body)}");
    }
}
