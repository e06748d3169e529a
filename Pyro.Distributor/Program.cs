using Pyro.Distributor;
using Pyro.ServiceDefaults;

var builder = WebApplication.CreateBuilder();
if (!builder.TryAddSettings(args, "distributor", out var exitCode))
    return exitCode;
builder.AddServiceDefaults();
builder.AddDistributor();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapDistributor();
return await app.RunToEnd();
