using Grpc.Core;

namespace Pyro.Api.Peers;

/// <summary>Addresses other processes: every call between processes is a generated (or hand-bound) client over what this returns.</summary>
/// <param name="address"><c>host:port</c> as it stands in the ring.</param>
public delegate CallInvoker Dial(string address);
