using Grpc.Core;

namespace Pyro.Connect.Invokers;

/// <summary>
/// Calls services over a network that is only simulated: every message is serialised, takes its time and may be lost, and handlers
/// run on the simulation's scheduler.
/// </summary>
/// <param name="link">The way between the two processes.</param>
/// <param name="definitions">The services at its other end.</param>
public sealed class SimulatedCallInvoker(SimulatedLink link, params IEnumerable<ServerServiceDefinition> definitions)
    : LocalCallInvoker(link.Time, definitions)
{
    private protected override async ValueTask<T> Carry<T>(Marshaller<T> marshaller, T message, CancellationToken cancellation)
    {
        var bytes = SimulatedMessage.Write(marshaller, message);
        await link.Travel(cancellation);
        return SimulatedMessage.Read(marshaller, bytes);
    }

    private protected override Task<T> Start<T>(Func<Task<T>> handler) =>
        Task.Factory.StartNew(handler, CancellationToken.None, TaskCreationOptions.DenyChildAttach, link.Scheduler).Unwrap();
}
