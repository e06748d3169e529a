using Pyro.Distributor;
using Pyro.Gateway;
using Pyro.Ingester;
using Pyro.Query;
using Pyro.ServiceDefaults;
using Pyro.StoreGateway;

namespace Pyro.Cli;

/// <summary>The server: every component in one process, or those that <c>-target</c> names, each set up by its own code.</summary>
internal static class Server
{
    public static Task<int> Run(string[] args) =>
        ServerRun.Run(args, target: null, [DistributorSetup.Component, IngesterSetup.Component, StoreGatewaySetup.Component, QuerySetup.Component, GatewaySetup.Component]);
}
