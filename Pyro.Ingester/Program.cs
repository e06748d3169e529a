using Pyro.Ingester;
using Pyro.ServiceDefaults;

return await ServerRun.Run(args, "ingester", [IngesterSetup.Component]);
