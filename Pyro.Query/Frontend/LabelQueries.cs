using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Api.Types;
using Pyro.Blocks.Answers;
using Pyro.Profiles.Labels;
using Pyro.Query.Querier;
using Pyro.Tenancy;
using ParsedProfileType = Pyro.Profiles.Labels.ProfileType;
using WireProfileType = Pyro.Api.Types.ProfileType;

namespace Pyro.Query.Frontend;

/// <summary>ProfileTypes, LabelNames, LabelValues and Series: what is held, of any range or of all time.</summary>
public sealed class LabelQueries(Overrides overrides, TimeProvider time, ProfileQuerier querier)
{
    /// <summary>The profile types held, sorted by id.</summary>
    public async Task<ProfileTypesResponse> ProfileTypes(QueryCall call, ProfileTypesRequest request, CancellationToken cancel)
    {
        var types = new ProfileTypesResponse();
        foreach (var id in await Texts(call, LabelsRequest.Types.Kind.ProfileTypes, "", [], request.Start, request.End, cancel))
        {
            if (TryParse(id) is { } type)
            {
                types.ProfileTypes.Add(new WireProfileType
                {
                    ID = type.Id,
                    Name = type.Name,
                    SampleType = type.SampleType,
                    SampleUnit = type.SampleUnit,
                    PeriodType = type.PeriodType,
                    PeriodUnit = type.PeriodUnit,
                });
            }
        }

        return types;
    }

    /// <summary>The names of labels, sorted.</summary>
    /// <param name="call">Whose; told what the answer lacks.</param>
    /// <param name="request">Selectors and range.</param>
    /// <param name="anyName">Whether the client understands names that Prometheus did not allow of old.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<LabelNamesResponse> LabelNames(QueryCall call, LabelNamesRequest request, bool anyName, CancellationToken cancel)
    {
        var names = await Texts(call, LabelsRequest.Types.Kind.Names, "", request.Matchers, request.Start, request.End, cancel);
        var answer = new LabelNamesResponse();
        answer.Names.AddRange(anyName ? names : names.Where(LabelNameCapability.IsLegacy));
        return answer;
    }

    /// <summary>The values of one label, sorted.</summary>
    public async Task<LabelValuesResponse> LabelValues(QueryCall call, LabelValuesRequest request, CancellationToken cancel)
    {
        var range = QueryRange.Optional(request.Start, request.End, overrides.For(call.Tenant), time);
        if (range is { BeforeLookback: true }) return new LabelValuesResponse();
        if (request.Name == "") throw Refusals.InvalidBehindFrontend("name is required");
        var answer = new LabelValuesResponse();
        answer.Names.AddRange(await Texts(
            call, LabelsRequest.Types.Kind.Values, request.Name, request.Matchers, request.Start, request.End, cancel));
        return answer;
    }

    /// <summary>The label sets of series, reduced to the labels asked for, each once, sorted.</summary>
    /// <param name="call">Whose; told what the answer lacks.</param>
    /// <param name="request">Selectors, labels and range.</param>
    /// <param name="anyName">Whether the client understands names that Prometheus did not allow of old.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<SeriesResponse> Series(QueryCall call, SeriesRequest request, bool anyName, CancellationToken cancel)
    {
        var range = QueryRange.Optional(request.Start, request.End, overrides.For(call.Tenant), time);
        var answer = new SeriesResponse();
        if (range is { BeforeLookback: true }) return answer;
        var asked = new LabelsRequest { Kind = LabelsRequest.Types.Kind.Series, Selection = Selections.OfAny(request.Matchers, range) };
        asked.By.AddRange(request.LabelNames.Where(n => anyName || LabelNameCapability.IsLegacy(n)).Distinct());
        var sets = (await querier.Labels(call, asked, cancel)).Series;
        answer.LabelsSet.AddRange(anyName || asked.By.Count > 0 ? sets : WithLegacyNames(sets));
        return answer;
    }

    private async Task<IReadOnlyList<string>> Texts(
        QueryCall call, LabelsRequest.Types.Kind kind, string name, IEnumerable<string> selectors, long start, long end, CancellationToken cancel)
    {
        var range = QueryRange.Optional(start, end, overrides.For(call.Tenant), time);
        if (range is { BeforeLookback: true }) return [];
        var request = new LabelsRequest { Kind = kind, Name = name, Selection = Selections.OfAny(selectors, range) };
        return (await querier.Labels(call, request, cancel)).Texts;
    }

    private static IEnumerable<Labels> WithLegacyNames(IReadOnlyList<Labels> sets)
    {
        if (sets.All(static set => set.Labels_.All(static l => LabelNameCapability.IsLegacy(l.Name)))) return sets;
        return sets.Select(static set =>
        {
            var kept = new Labels();
            kept.Labels_.AddRange(set.Labels_.Where(static l => LabelNameCapability.IsLegacy(l.Name)));
            return kept;
        }).Distinct().Order(LabelsOrder.Comparer);
    }

    private static ParsedProfileType? TryParse(string id)
    {
        try
        {
            return ParsedProfileType.Parse(id);
        }
        catch (SelectorException)
        {
            return null;
        }
    }
}
