using Pyro.Gateway;
using Pyro.ServiceDefaults;

return await ServerRun.Run(args, "gateway", [GatewaySetup.Component]);
