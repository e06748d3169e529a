using System.Buffers;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pyro.Connect;
using Pyro.Connect.Listening;
using Pyro.Connect.Protocol;

namespace Pyro.Tests.Unit.Connect;

/// <summary>A real server on a free loopback port with the probe's service on all protocols.</summary>
public sealed class ProbeServer : IAsyncLifetime
{
    /// <summary>What a message of the limited method may measure, in bytes.</summary>
    public const int SmallLimit = 10_000;

    private readonly HttpMessageInvoker _http1 = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private WebApplication? _app;

    /// <summary>No small limit on messages.</summary>
    internal bool Unlimited { get; init; }

    internal ProbeService Service { get; } = new();

    /// <summary>How many bytes the raw method's marshaller was given last.</summary>
    internal long RawLength { get; private set; }

    internal WebApplication App => _app!;

    internal string Url { get; private set; } = "";

    internal int Port => new Uri(Url).Port;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRpc();
        builder.ListenOnOnePort(IPAddress.Loopback, 0);
        _app = builder.Build();
        _app.UseRouting();
        _app.UseGrpcWeb();
        var routes = _app.MapRpc(WithoutRaw(Probe.BindService(Service)), Probe.Descriptor);
        if (!Unlimited)
            routes.Add(Limit);
        _app.MapRpc(RawDefinition(), Probe.Descriptor);
        await _app.StartAsync();
        Url = _app.Urls.Single(url => !OnePort.IsInner(url));
    }

    public async ValueTask DisposeAsync()
    {
        _http1.Dispose();
        await _app!.DisposeAsync();
    }

    /// <summary>Sends a request over HTTP/1.1 or, with a version, HTTP/2 without TLS.</summary>
    internal async Task<HttpResponseMessage> Send(HttpMethod method, string path, HttpContent? body = null, Version? version = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, Url + path)
        {
            Content = body,
            Version = version ?? HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                body!.Headers.TryAddWithoutValidation(name, value);
        }
        return await _http1.SendAsync(request, CancellationToken.None);
    }

    /// <summary>A unary Connect call.</summary>
    internal Task<HttpResponseMessage> Call(string method, byte[] body, string? contentType, params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return Send(HttpMethod.Post, "/pyro.tests.v1.Probe/" + method, content, null, headers);
    }

    /// <summary>The same with a JSON text; the answer's text.</summary>
    internal async Task<(int Status, string Body)> CallJson(string method, string json, params (string Name, string Value)[] headers)
    {
        using var response = await Call(method, System.Text.Encoding.UTF8.GetBytes(json), "application/json", headers);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static void Limit(EndpointBuilder endpoint) => endpoint.Metadata.Add(new BodyLimit(SmallLimit));

    private static ServerServiceDefinition WithoutRaw(ServerServiceDefinition definition)
    {
        var builder = ServerServiceDefinition.CreateBuilder();
        definition.BindService(new Without(builder));
        return builder.Build();
    }

    /// <summary>A method with a marshaller of its own, which takes the payload as it lies in the pipe.</summary>
    private ServerServiceDefinition RawDefinition()
    {
        var ask = Marshallers.Create<byte[]>(
            (bytes, context) => context.Complete(bytes),
            context =>
            {
                var payload = context.PayloadAsReadOnlySequence();
                RawLength = context.PayloadLength;
                return payload.ToArray();
            });
        var answer = Marshallers.Create<byte[]>(
            (bytes, context) =>
            {
                context.SetPayloadLength(bytes.Length);
                context.GetBufferWriter().Write(bytes);
                context.Complete();
            },
            context => context.PayloadAsNewBuffer());
        var method = new Method<byte[], byte[]>(MethodType.Unary, "pyro.tests.v1.Probe", "Raw", ask, answer);
        return ServerServiceDefinition.CreateBuilder().AddMethod(method, (body, context) =>
        {
            var read = Ask.Parser.ParseFrom(body);
            return Task.FromResult(new Answer { Text = "raw " + read.Text, Number = read.Number, Blob = read.Blob }.ToByteArray());
        }).Build();
    }

    private sealed class Without(ServerServiceDefinition.Builder builder) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        {
            if (method.Name != "Raw")
                builder.AddMethod(method, handler!);
        }

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => builder.AddMethod(method, handler!);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => builder.AddMethod(method, handler!);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => builder.AddMethod(method, handler!);
    }
}
