using System.Diagnostics.Metrics;
using Grpc.Core;
using Pyro.Query.Querier;
using Pyro.Tenancy;

namespace Pyro.Query.Frontend;

/// <summary>Tells clients by a header that an answer lacks something, and takes from them whether they want such answers.</summary>
public sealed class PartialAnswers : IDisposable
{
    /// <summary>Response header of an answer that lacks something: says what, for people. Absent: the answer is whole.</summary>
    public const string Header = "x-pyro-partial";

    /// <summary>Request header by which a client takes an answer without what cannot be reached now, rather than an error: <c>true</c>.</summary>
    public const string AllowHeader = "x-pyro-allow-partial";

    private readonly Meter _meter = new("Pyro");
    private readonly Counter<long> _partial;

    /// <summary>Counts from now on.</summary>
    public PartialAnswers() => _partial = _meter.CreateCounter<long>(
        "pyro_query_partial_answers_total", description: "Answers without blocks that are damaged or served by nobody.");

    /// <summary>A question as its headers put it.</summary>
    public static QueryCall Begin(string tenant, string? allow) => new(tenant, string.Equals(allow, "true", StringComparison.OrdinalIgnoreCase));

    /// <summary>Answers a call, and says in its headers what the answer lacks.</summary>
    public async Task<T> Answer<T>(ServerCallContext context, Func<QueryCall, Task<T>> ask)
    {
        var call = Begin(TenantId.Of(context), context.RequestHeaders.GetValue(AllowHeader));
        var answer = await ask(call);
        if (MarkOf(call) is { } mark) await context.WriteResponseHeadersAsync(new Metadata { { Header, mark } });
        return answer;
    }

    /// <summary>What an answer lacks, counted; null: nothing.</summary>
    public string? MarkOf(QueryCall call)
    {
        var mark = call.Mark;
        if (mark is not null) _partial.Add(1, new KeyValuePair<string, object?>("tenant", call.Tenant));
        return mark;
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
