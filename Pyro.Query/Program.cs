using Pyro.Query;
using Pyro.ServiceDefaults;

var builder = WebApplication.CreateBuilder();
if (!builder.TryAddSettings(args, "query-frontend,querier", out var exitCode))
    return exitCode;
builder.AddServiceDefaults();
builder.AddQuery();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapQuery();
return await app.RunToEnd();
