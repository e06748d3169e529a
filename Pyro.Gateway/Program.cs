using Pyro.Gateway;
using Pyro.ServiceDefaults;

var builder = WebApplication.CreateBuilder();
if (!builder.TryAddSettings(args, "gateway", out var exitCode))
    return exitCode;
builder.AddServiceDefaults();
builder.AddGateway();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapGateway();
return await app.RunToEnd();
