using Pyro.Connect;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Pyro.Gateway;

/// <summary>Whether all that stands behind the gateway is ready, asked over the connections that requests take.</summary>
internal sealed class BackendReadiness(IProxyStateLookup proxy, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Why one is not, in its own words; null when all are ready.</summary>
    public async Task<string?> Reason(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var answers = await Task.WhenAll(proxy.GetClusters().OrderBy(c => c.ClusterId, StringComparer.Ordinal).Select(c => Ask(c, either.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        return answers.FirstOrDefault(answer => answer is not null) is { } reason ? $"Gateway not ready: {reason}" : null;
    }

    private static async Task<string?> Ask(ClusterState cluster, CancellationToken cancellationToken)
    {
        if (cluster.Destinations.IsEmpty)
            return $"no address of the {cluster.ClusterId} is known";
        foreach (var destination in cluster.Destinations.Values)
        {
            if (await Ask(cluster.Model.HttpClient, destination.Model.Config.Address, cancellationToken) is { } reason)
                return $"{cluster.ClusterId}: {reason}";
        }
        return null;
    }

    private static async Task<string?> Ask(HttpMessageInvoker client, string address, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(address), "/ready"));
            using var answer = await client.SendAsync(request, cancellationToken);
            return answer.IsSuccessStatusCode ? null : await answer.Content.ReadAsStringAsync(cancellationToken);
        }
        catch (HttpRequestException e)
        {
            return $"cannot be reached: {PeerFailure.Reason(e)}";
        }
        catch (OperationCanceledException)
        {
            return "no answer";
        }
    }
}
