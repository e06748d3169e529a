using Grpc.Core;
using Pyro.Tenancy;

namespace Pyro.Tests.Unit.Queries;

/// <summary>A call of a tenant, outside any server.</summary>
internal sealed class Call(string tenant, CancellationToken cancellation = default) : ServerCallContext
{
    protected override string MethodCore => "test";

    protected override string HostCore => "test";

    protected override string PeerCore => "test";

    protected override DateTime DeadlineCore => DateTime.MaxValue;

    protected override Metadata RequestHeadersCore { get; } = new() { { TenantId.Header, tenant } };

    protected override CancellationToken CancellationTokenCore => cancellation;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => new(null, []);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
}

/// <summary>Keeps what is streamed.</summary>
internal sealed class Collected<T> : IServerStreamWriter<T>
{
    public List<T> Items { get; } = [];

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message)
    {
        Items.Add(message);
        return Task.CompletedTask;
    }
}
