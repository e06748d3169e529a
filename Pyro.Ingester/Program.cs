using Pyro.Ingester;
using Pyro.ServiceDefaults;

var builder = WebApplication.CreateBuilder();
if (!builder.TryAddSettings(args, "ingester", out var exitCode))
    return exitCode;
builder.AddServiceDefaults();
builder.AddIngester();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapIngester();
return await app.RunToEnd();
