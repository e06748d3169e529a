using Pyro.Api.Querier;

namespace Pyro.Load;

/// <summary>Asks a server for flame graphs of a profile type.</summary>
internal sealed class FlameGraphQuery(HttpClient client, string? tenant, string profileType)
{
    private readonly Rpc _rpc = new(client, tenant);

    /// <summary>The flame graph of what a selector selects in a range (ms since the epoch, both ends inclusive).</summary>
    /// <exception cref="HttpRequestException">The server refused.</exception>
    public async Task<FlameGraph> Ask(string selector, long start, long end, long maxNodes, CancellationToken cancellation)
    {
        var message = new SelectMergeStacktracesRequest { ProfileTypeID = profileType, LabelSelector = selector, Start = start, End = end, MaxNodes = maxNodes };
        var response = await _rpc.Ask("querier.v1.QuerierService/SelectMergeStacktraces", message, SelectMergeStacktracesResponse.Parser, cancellation);
        return response.Flamegraph ?? new FlameGraph();
    }
}
