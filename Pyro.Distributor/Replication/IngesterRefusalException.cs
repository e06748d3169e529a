using Grpc.Core;
using Pyro.Api.Peers;

namespace Pyro.Distributor.Replication;

/// <summary>An ingester did not take a record, and said why.</summary>
internal sealed class IngesterRefusalException(AppendResult refused) : Exception(refused.Message)
{
    /// <summary>What kind of refusal.</summary>
    public StatusCode Code { get; } = (StatusCode)refused.Code;

    /// <summary>Seconds after which it may be tried again; 0: that does not help.</summary>
    public int RetryAfter { get; } = refused.RetryAfter;
}
