using Grpc.Core;
using Pyro.Memory;

namespace Pyro.Api.Peers;

/// <summary>Records on their way to an ingester: the body of an <see cref="AppendRequest"/> as it lies in a leased buffer.</summary>
public sealed class AppendBatch
{
    /// <summary>Holds the bytes of the records.</summary>
    public Lease Lease => throw new NotImplementedException();

    /// <summary>How many records.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>One encoded record.</summary>
    public ReadOnlyMemory<byte> Record(int i) => throw new NotImplementedException();
}

/// <summary>Addresses other processes: every call between processes is a generated (or hand-bound) client over what this returns.</summary>
/// <param name="address"><c>host:port</c> as it stands in the ring.</param>
public delegate CallInvoker Dial(string address);

/// <summary>`pyro.peers.v1.Appender/Append`, bound by hand: the batch is neither copied nor decoded.</summary>
public static class AppendDefinition
{
    /// <summary>The method for clients and servers.</summary>
    public static Method<AppendBatch, AppendResponse> Method => throw new NotImplementedException();

    /// <summary>The service of one method for <c>MapRpc</c> and the in-process invoker.</summary>
    public static ServerServiceDefinition Bind(UnaryServerMethod<AppendBatch, AppendResponse> handler) => throw new NotImplementedException();
}
