using Pyro.Query;
using Pyro.ServiceDefaults;

return await ServerRun.Run(args, "query-frontend,querier", [QuerySetup.Component]);
