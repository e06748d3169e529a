using Pyro.ServiceDefaults;
using Pyro.StoreGateway;

return await ServerRun.Run(args, "store-gateway", [StoreGatewaySetup.Component]);
