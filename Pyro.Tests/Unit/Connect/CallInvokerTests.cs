using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Connect;
using Pyro.Connect.Invokers;
using Pyro.Connect.Protocol;
using Pyro.Tests.Simulation;

namespace Pyro.Tests.Unit.Connect;

/// <summary>Calls inside the process keep the contract.</summary>
public sealed class InProcessCallInvokerTests : CallInvokerContract
{
    /// <summary>Over a service of its own.</summary>
    public InProcessCallInvokerTests() => Invoker = InProcessCallInvoker.Over(TimeProvider.System, Definition(Service));

    private protected override CallInvoker Invoker { get; }

    private protected override ProbeService Service { get; } = new();

    [Fact]
    public async Task Messages_are_handed_over_as_they_are()
    {
        var sent = new Everything { AString = "x" };
        Assert.Same(sent, await new Probe.ProbeClient(Invoker).MirrorAsync(sent));
    }

    [Fact]
    public async Task Nothing_of_a_call_stays_with_a_long_lived_token()
    {
        using var process = new CancellationTokenSource();
        var client = new Probe.ProbeClient(Invoker);
        var calls = new List<WeakReference>();
        for (var i = 0; i < 20; i++)
            calls.Add(await One(client, process.Token));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.InRange(calls.Count(call => call.IsAlive), 0, 2);

        static async Task<WeakReference> One(Probe.ProbeClient client, CancellationToken token)
        {
            var answer = await client.UnaryAsync(new Ask { Text = "x" }, deadline: DateTime.UtcNow.AddHours(1), cancellationToken: token);
            return new WeakReference(answer);
        }
    }

    internal static ServerServiceDefinition Definition(ProbeService service) => Probe.BindService(service).Intercept(new ErrorMapping(NullLogger.Instance));
}

/// <summary>Calls over a simulated network keep the contract.</summary>
public sealed class SimulatedCallInvokerTests : CallInvokerContract
{
    /// <summary>Over a service of its own, with small delays.</summary>
    public SimulatedCallInvokerTests() => Invoker = new SimulatedCallInvoker(
        new SimulatedLink(TimeProvider.System, new Random(1), TaskScheduler.Default) { MaxDelay = TimeSpan.FromMilliseconds(0.5) },
        InProcessCallInvokerTests.Definition(Service));

    private protected override CallInvoker Invoker { get; }

    private protected override ProbeService Service { get; } = new();
}

/// <summary>Calls by gRPC over a socket keep the contract.</summary>
public sealed class GrpcCallInvokerTests : CallInvokerContract, IAsyncLifetime
{
    private readonly ProbeServer _server = new() { Unlimited = true };
    private GrpcChannel? _channel;

    private protected override CallInvoker Invoker => _channel!.CreateCallInvoker();

    private protected override ProbeService Service => _server.Service;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _channel = GrpcChannel.ForAddress(_server.Url);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        await _server.DisposeAsync();
    }
}

/// <summary>What only the simulated network does: virtual time, loss, cuts, and all of it again from the same seed.</summary>
public sealed class SimulatedLinkTests
{
    [Fact]
    public void A_run_follows_from_its_seed()
    {
        var runs = new[] { 1, 1, 2 }.Select(seed => Run(seed, 0.2)).ToArray();
        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0], runs[2]);
        Assert.Contains("Unavailable", runs[0]);
        Assert.Contains("OK", runs[0]);
    }

    [Fact]
    public void A_lost_answer_is_a_call_that_was_served()
    {
        var lost = 0;
        var served = Run(3, 0.3, call => lost += call == "Unavailable" ? 1 : 0).Split(' ').Last();
        Assert.InRange(int.Parse(served), 50 - lost + 1, 50);
    }

    [Fact]
    public void Nothing_gets_through_a_cut() => Assert.All(Run(4, 0, isCut: true).Split(' ')[..^1], call => Assert.EndsWith("Unavailable", call));

    [Fact]
    public async Task Messages_are_always_serialised()
    {
        var link = new SimulatedLink(TimeProvider.System, new Random(1), TaskScheduler.Default);
        var client = new Probe.ProbeClient(new SimulatedCallInvoker(link, Probe.BindService(new ProbeService())));
        var sent = new Everything { AString = "x" };
        var answer = await client.MirrorAsync(sent);
        Assert.Equal(sent, answer);
        Assert.NotSame(sent, answer);
    }

    /// <summary>Fifty calls on one thread in virtual time: how and when each ended, and how many were served.</summary>
    private static string Run(int seed, double loss, Action<string>? ended = null, bool isCut = false)
    {
        var random = new Random(seed);
        var time = new FakeTimeProvider();
        var scheduler = new SeededScheduler(random);
        var link = new SimulatedLink(time, random, scheduler) { MinDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(50), Loss = loss, IsCut = isCut };
        var served = new ProbeService();
        var count = 0;
        var client = new Probe.ProbeClient(new SimulatedCallInvoker(link, Probe.BindService(served).Intercept(new Counter(() => count++))));
        var start = time.GetUtcNow();
        var log = new List<string>();
        var thread = Environment.CurrentManagedThreadId;
        var calls = Enumerable.Range(0, 50).Select(i => scheduler.Start(async () =>
        {
            var status = "OK";
            try
            {
                await client.UnaryAsync(new Ask { Number = i }, deadline: time.GetUtcNow().UtcDateTime.AddSeconds(10));
            }
            catch (RpcException e)
            {
                status = e.StatusCode.ToString();
            }
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            log.Add($"{i}:{(time.GetUtcNow() - start).TotalMilliseconds}:{status}");
            ended?.Invoke(status);
        })).ToArray();
        for (var step = 0; step < 20_000 && calls.Any(call => !call.IsCompleted); step++)
        {
            scheduler.Run();
            time.Advance(TimeSpan.FromMilliseconds(1));
        }
        scheduler.Run();
        Assert.All(calls, call => Assert.True(call.IsCompletedSuccessfully, call.Exception?.ToString()));
        return string.Join(' ', log) + " " + count;
    }

    private sealed class Counter(Action served) : Grpc.Core.Interceptors.Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            served();
            return continuation(request, context);
        }
    }
}
