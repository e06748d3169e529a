using Pyro.Distributor;
using Pyro.ServiceDefaults;

return await ServerRun.Run(args, "distributor", [DistributorSetup.Component]);
