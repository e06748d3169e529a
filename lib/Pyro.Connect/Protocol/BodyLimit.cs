using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>
/// Endpoint metadata: how large a message may be, as it was sent and unpacked, in all three protocols. Over it:
/// <c>resource_exhausted</c>.
/// </summary>
/// <param name="Bytes">The most, in bytes.</param>
public sealed record BodyLimit(long Bytes)
{
    /// <summary>What holds where nothing is said, 16 MiB: plenty for a question; methods that take data say their own.</summary>
    public static BodyLimit Default { get; } = new(16L << 20);

    /// <summary>The refusal, in the words of connect-go.</summary>
    /// <param name="size">Bytes of the message; when they are not all known, those seen so far.</param>
    public string Message(long size) => $"message size {size} is larger than configured max {Bytes}";

    /// <summary>The refusal as a call's end.</summary>
    internal RpcException TooLarge(long size) => new(new Status(StatusCode.ResourceExhausted, Message(size)));
}
