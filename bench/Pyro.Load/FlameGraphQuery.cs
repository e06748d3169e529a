using Pyro.Api.Querier;

namespace Pyro.Load;

/// <summary>Asks a server for flame graphs of a profile type.</summary>
internal sealed class FlameGraphQuery(HttpClient client, string? tenant, string profileType)
{
    /// <summary>What is called.</summary>
    public const string Method = "querier.v1.QuerierService/SelectMergeStacktraces";

    private readonly Rpc _rpc = new(client, tenant);

    /// <summary>The question for what a selector selects in a range (ms since the epoch, both ends inclusive).</summary>
    public static SelectMergeStacktracesRequest Request(string profileType, string selector, long start, long end, long maxNodes) =>
        new() { ProfileTypeID = profileType, LabelSelector = selector, Start = start, End = end, MaxNodes = maxNodes };

    /// <summary>The flame graph of an answer.</summary>
    public static FlameGraph Read(byte[] answer) => SelectMergeStacktracesResponse.Parser.ParseFrom(answer).Flamegraph ?? new FlameGraph();

    /// <summary>The flame graph of what a selector selects in a range (ms since the epoch, both ends inclusive).</summary>
    /// <exception cref="HttpRequestException">The server refused.</exception>
    public async Task<FlameGraph> Ask(string selector, long start, long end, long maxNodes, CancellationToken cancellation) =>
        Read(await _rpc.Receive(Method, Request(profileType, selector, start, end, maxNodes), cancellation));
}
