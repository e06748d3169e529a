namespace Aspire.Dashboard.Otlp;

/// <summary>Why a request is not taken, as each of the two ways says it.</summary>
/// <param name="Status">The status of HTTP.</param>
/// <param name="Code">The status code of gRPC.</param>
internal readonly record struct OtlpFailure(int Status, int Code)
{
    public static readonly OtlpFailure Malformed = new(400, 3), WrongKey = new(401, 16), TooSlow = new(408, 4), TooLarge = new(413, 8), Unsupported = new(415, 12), Busy = new(503, 14);
}

/// <summary>A request that is not taken; the message says why.</summary>
internal sealed class OtlpException(string message, OtlpFailure failure) : Exception(message)
{
    /// <summary>The bytes are no message of OTLP; the text says where they go wrong.</summary>
    public OtlpException(string where)
        : this("not a request of OTLP: " + where, OtlpFailure.Malformed)
    {
    }

    public OtlpFailure Failure { get; } = failure;
}
