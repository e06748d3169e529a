using System.Globalization;
using Aspire.StandIns.S3.Bodies;
using Aspire.StandIns.S3.Faults;
using Aspire.StandIns.S3.Signatures;
using Aspire.StandIns.S3.Storage;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3;

/// <summary>One request that was signed rightly.</summary>
/// <param name="Http">The request and its answer.</param>
/// <param name="Address">What it names.</param>
/// <param name="Signed">What it is signed with.</param>
/// <param name="Fault">What goes wrong with it on request, or null.</param>
internal sealed record S3Call(HttpContext Http, S3Address Address, SignedRequest Signed, Fault? Fault)
{
    public HttpRequest Request => Http.Request;

    public HttpResponse Response => Http.Response;

    public CancellationToken Cancellation => Http.RequestAborted;

    public RequestBody Body => new(Request, Signed);

    /// <summary>On what a put depends.</summary>
    public PutCondition Condition => new(Header("If-Match"), Header("If-None-Match"));

    /// <summary>A header, or null.</summary>
    public string? Header(string name) => Request.Headers[name].ToString() is { Length: > 0 } value ? value : null;

    /// <summary>A number in the query.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="missing">What it is when it is not there.</param>
    /// <param name="most">What it is at most; more is cut.</param>
    public int Number(string name, int missing, int most) =>
        Address[name] is not { Length: > 0 } text ? missing
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Min(number, most)
        : throw S3Exception.InvalidArgument($"Argument {name} must be an integer between 0 and 2147483647.");
}
