using Grpc.Core;

namespace Pyro.Connect.Invokers;

/// <summary>
/// Calls a service of this very process: message objects are handed over as they are (a message that was sent is frozen), and the
/// handler begins on the caller's thread.
/// </summary>
public sealed class InProcessCallInvoker : LocalCallInvoker
{
    private InProcessCallInvoker(TimeProvider time, IEnumerable<ServerServiceDefinition> definitions)
        : base(time, definitions)
    {
    }

    /// <summary>An invoker over the methods of some services.</summary>
    /// <param name="time">Counts deadlines.</param>
    /// <param name="definitions">The services that can be called.</param>
    public static InProcessCallInvoker Over(TimeProvider time, params IEnumerable<ServerServiceDefinition> definitions) => new(time, definitions);

    private protected override ValueTask<T> Carry<T>(Marshaller<T> marshaller, T message, CancellationToken cancellation) => new(message);

    private protected override Task<T> Start<T>(Func<Task<T>> handler) => handler();
}
