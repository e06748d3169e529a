namespace Pyro.Connect.Protocol;

/// <summary>Endpoint metadata: how large a request may be, as sent and unpacked. Over it: <c>resource_exhausted</c>.</summary>
/// <param name="Bytes">The most.</param>
public sealed record BodyLimit(long Bytes)
{
    /// <summary>What holds where nothing is said: 256 MiB.</summary>
    public static BodyLimit Default { get; } = new(256L << 20);

    /// <summary>The refusal, in the words of connect-go.</summary>
    public string Message(long size) => $"message size {size} is larger than configured max {Bytes}";
}
