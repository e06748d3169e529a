var builder = DistributedApplication.CreateBuilder(args);

if (builder.Configuration["throw"] is { } text)
    throw new InvalidOperationException(text);

// Has a child, and a grandchild that leaves its group and hears no SIGTERM.
var store = builder.AddExecutable("store", "/bin/sh", ".", "-c", "(trap '' TERM HUP; exec setsid sh -c 'trap \"\" TERM; echo stray $$; sleep 611') & sleep 612 & echo child $!; exec sleep 613");

builder.AddExecutable("web", "node", ".", "-e",
        "require('node:http').createServer((q, r) => r.end('hello')).listen(process.env.PORT, '127.0.0.1'); process.on('SIGTERM', () => process.exit(0))")
    .WithHttpEndpoint(env: "PORT")
    .WithHttpHealthCheck("/")
    .WaitFor(store);

builder.Build().Run();
