using Microsoft.Extensions.Configuration;
using Pyro.AppHost;

// Pyro as it runs in production, on one machine: which processes there are, what they know of each other and what they wait for.
var builder = DistributedApplication.CreateBuilder(args);

// Profiles are kept in --data, else in ./data of where this was started. PYRO__… variables reach every process of Pyro.
var data = Path.GetFullPath(builder.Configuration["data"] ?? "data");
Console.WriteLine($"Profiles are kept in {data}");

// The bucket. Its folder lies with the profiles: what begins with @ is in no tenant's name.
var minio = builder.AddMinio("minio").WithDataBindMount(Path.Combine(data, "@minio"));

// Keeps recent profiles, in its log, in memory and in blocks that it ships to the bucket.
var ingester = builder.AddProject("ingester", "../Pyro.Ingester/Pyro.Ingester.csproj")
    .WithHttpEndpoint()
    .WithEnvironment("PYRO__PYROSCOPEDB__DATA_PATH", data);

// Takes profiles in.
var distributor = builder.AddProject("distributor", "../Pyro.Distributor/Pyro.Distributor.csproj")
    .WithHttpEndpoint()
    .WithReference(ingester)
    .WaitFor(ingester);

// Answers from the bucket's blocks.
var storegateway = builder.AddProject("storegateway", "../Pyro.StoreGateway/Pyro.StoreGateway.csproj")
    .WithHttpEndpoint()
    .WithEnvironment("PYRO__STORE_GATEWAY__BUCKET_STORE__SYNC_DIR", Path.Combine(data, "@storegateway"));

// Answers queries, and has the page.
var query = builder.AddProject("query", "../Pyro.Query/Pyro.Query.csproj")
    .WithHttpEndpoint()
    .WithReference(ingester)
    .WithReference(storegateway)
    .WaitFor(ingester)
    .WaitFor(storegateway);

// One address for all of it: port 4040, or --port.
var gateway = builder.AddProject("gateway", "../Pyro.Gateway/Pyro.Gateway.csproj")
    .WithHttpEndpoint(port: builder.Configuration.GetValue("port", 4040))
    .WithExternalHttpEndpoints()
    .WithReference(distributor)
    .WithReference(query)
    .WaitFor(distributor)
    .WaitFor(query);

foreach (var component in new[] { ingester, query, storegateway })
{
    component
        .WithReference(minio)
        .WaitFor(minio)
        .WithEnvironment("PYRO__STORAGE__BACKEND", "s3")
        .WithEnvironment("PYRO__STORAGE__S3__BUCKET_NAME", "pyro")
        .WithEnvironment("PYRO__STORAGE__S3__CREATE_BUCKET", "true");
}

foreach (var component in new[] { ingester, distributor, storegateway, query, gateway })
{
    component
        .WithHttpHealthCheck("/ready")
        // A ring of one ingester, known by its name.
        .WithEnvironment("PYRO__INGESTER__LIFECYCLER__RING__KVSTORE__STORE", "inmemory")
        .WithEnvironment("PYRO__INGESTER__LIFECYCLER__RING__REPLICATION_FACTOR", "1")
        .WithEnvironment("PYRO__INGESTER__LIFECYCLER__MIN_READY_DURATION", "0s")
        .WithUrl($"{gateway.GetEndpoint("http")}/?service={component.Resource.Name}", "Flame graph");
}

// A shop under steady load, whose profiles are there to look at. Data of one's own stay free of them, unless --shop=true says otherwise.
if (builder.Configuration.GetValue("shop", builder.Configuration["data"] is null))
{
    builder.AddExecutable("shop", "node", "../examples/shop", "src/main.mjs")
        .WithHttpEndpoint(env: "PORT")
        .WithHttpHealthCheck("/health")
        .WithReference(gateway)
        .WaitFor(gateway)
        .WithUrl($"{gateway.GetEndpoint("http")}/?service=shop", "Flame graph");
}

builder.Build().Run();
