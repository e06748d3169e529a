using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Faults;

/// <summary>What can go wrong on request.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FaultKind>))]
internal enum FaultKind
{
    /// <summary>The answer comes <see cref="Fault.DelayMilliseconds"/> late.</summary>
    Slow,

    /// <summary>503 SlowDown.</summary>
    SlowDown,

    /// <summary>500 InternalError.</summary>
    Error,

    /// <summary>Of an object only the first <see cref="Fault.Bytes"/> are sent, as if that were all.</summary>
    Truncate,

    /// <summary>The connection breaks after <see cref="Fault.Bytes"/> of the object, on the way in or out.</summary>
    Break,

    /// <summary>A bit of the byte at <see cref="Fault.Bytes"/> of what is sent is turned round.</summary>
    Corrupt,

    /// <summary>An object is confirmed and not kept.</summary>
    Lose,
}

/// <summary>A fault, and which requests it befalls.</summary>
internal sealed record Fault
{
    /// <summary>What goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>The operation that it befalls, by S3's name; null: any.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<S3Operation>))]
    public S3Operation? Operation { get; init; }

    /// <summary>What bucket and key begin with: <c>bucket/key</c>.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>How often; null: until it is taken back.</summary>
    public int? Times { get; init; }

    /// <summary>Where in the content.</summary>
    public long Bytes { get; init; }

    /// <summary>How late.</summary>
    public int DelayMilliseconds { get; init; }

    /// <summary>Whether a put is confirmed and forgotten.</summary>
    [JsonIgnore]
    public bool LosesPut => Kind == FaultKind.Lose;

    /// <summary>What happens before the request is looked at.</summary>
    public async Task Begin(HttpContext http, TimeProvider time)
    {
        if (Kind == FaultKind.Slow)
            await Task.Delay(TimeSpan.FromMilliseconds(DelayMilliseconds), time, http.RequestAborted);
        if (Kind == FaultKind.SlowDown)
            throw new S3Exception(StatusCodes.Status503ServiceUnavailable, "SlowDown", "Please reduce your request rate.");
        if (Kind == FaultKind.Error)
            throw new S3Exception(StatusCodes.Status500InternalServerError, "InternalError", "We encountered an internal error, please try again.");
    }

    /// <summary>What is left of a length.</summary>
    public long Truncated(long length) => Kind == FaultKind.Truncate ? Math.Min(length, Bytes) : length;

    /// <summary>Breaks the connection when as much has come in as was asked for.</summary>
    public void Receive(HttpContext http, long received)
    {
        if (Kind == FaultKind.Break && received >= Bytes)
            Break(http);
    }

    /// <summary>What is sent instead of a part of the content.</summary>
    /// <param name="http">The request.</param>
    /// <param name="part">The part; may be changed.</param>
    /// <param name="offset">Where it is in what is sent.</param>
    public async ValueTask<Memory<byte>> Send(HttpContext http, Memory<byte> part, long offset)
    {
        if (Bytes < offset || Bytes >= offset + part.Length)
            return part;
        if (Kind == FaultKind.Corrupt)
            part.Span[(int)(Bytes - offset)] ^= 1;
        if (Kind == FaultKind.Break)
        {
            await http.Response.Body.WriteAsync(part[..(int)(Bytes - offset)]);
            await http.Response.Body.FlushAsync();
            Break(http);
        }
        return part;
    }

    private static void Break(HttpContext http)
    {
        http.Abort();
        throw new OperationCanceledException("The connection was broken on request.");
    }
}
