namespace Pyro.Connect.Protocol;

/// <summary>Endpoint metadata of every method that <see cref="RpcEndpoints.MapRpc"/> maps, in all three protocols.</summary>
public sealed record RpcRoute;
