using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Api.Types;
using Pyro.Blocks.Answers;
using Pyro.Profiles.Labels;
using Pyro.Query.Querier;
using Pyro.Tenancy;
using Kind = Pyro.Api.Peers.LabelsRequest.Types.Kind;
using ParsedProfileType = Pyro.Profiles.Labels.ProfileType;
using WireProfileType = Pyro.Api.Types.ProfileType;

namespace Pyro.Query.Frontend;

/// <summary>
/// ProfileTypes, LabelNames, LabelValues and Series: what is held, of any range or of all time. The last three are answered with the bytes
/// that holders wrote.
/// </summary>
public sealed class LabelQueries(Overrides overrides, TimeProvider time, ProfileQuerier querier)
{
    /// <summary>The profile types held, sorted by id.</summary>
    public async Task<ProfileTypesResponse> ProfileTypes(QueryCall call, ProfileTypesRequest request, CancellationToken cancel)
    {
        var types = new ProfileTypesResponse();
        var found = await Texts(call, Kind.ProfileTypes, "", [], request.Start, request.End, cancel);
        foreach (var id in LabelReader.Texts(found.Pieces))
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
    public async Task<LabelsResponse> LabelNames(QueryCall call, LabelNamesRequest request, bool anyName, CancellationToken cancel)
    {
        var names = await Texts(call, Kind.Names, "", request.Matchers, request.Start, request.End, cancel);
        if (anyName) return names;
        var legacy = new LabelPieces(Kind.Names);
        for (var name = new LabelReader(names.Pieces); name.MoveNext();)
        {
            if (LabelNameCapability.IsLegacy(name.Current)) legacy.Add(name.Current);
        }

        return new LabelsResponse { Pieces = { legacy.Close() } };
    }

    /// <summary>The values of one label, sorted.</summary>
    public async Task<LabelsResponse> LabelValues(QueryCall call, LabelValuesRequest request, CancellationToken cancel)
    {
        var range = QueryRange.Optional(request.Start, request.End, overrides.For(call.Tenant), time);
        if (request.Name == "" && range is not { BeforeLookback: true }) throw Refusals.InvalidBehindFrontend("name is required");
        return await Texts(call, Kind.Values, request.Name, request.Matchers, request.Start, request.End, cancel);
    }

    /// <summary>The label sets of series, reduced to the labels asked for, each once, sorted.</summary>
    /// <param name="call">Whose; told what the answer lacks.</param>
    /// <param name="request">Selectors, labels and range.</param>
    /// <param name="anyName">Whether the client understands names that Prometheus did not allow of old.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<LabelsResponse> Series(QueryCall call, SeriesRequest request, bool anyName, CancellationToken cancel)
    {
        var range = QueryRange.Optional(request.Start, request.End, overrides.For(call.Tenant), time);
        if (range is { BeforeLookback: true }) return new LabelsResponse();
        var asked = new LabelsRequest { Kind = Kind.Series, Selection = Selections.OfAny(request.Matchers, range) };
        asked.By.AddRange(request.LabelNames.Where(n => anyName || LabelNameCapability.IsLegacy(n)).Distinct());
        var sets = await querier.Labels(call, asked, cancel);
        return anyName || asked.By.Count > 0 ? sets : WithLegacyNames(sets);
    }

    private async Task<LabelsResponse> Texts(
        QueryCall call, Kind kind, string name, IEnumerable<string> selectors, long start, long end, CancellationToken cancel)
    {
        var range = QueryRange.Optional(start, end, overrides.For(call.Tenant), time);
        if (range is { BeforeLookback: true }) return new LabelsResponse();
        var request = new LabelsRequest { Kind = kind, Name = name, Selection = Selections.OfAny(selectors, range) };
        return await querier.Labels(call, request, cancel);
    }

    private static LabelsResponse WithLegacyNames(LabelsResponse sets)
    {
        if (HaveLegacyNames(sets)) return sets;
        var all = sets.Pieces.SelectMany(static piece => SeriesResponse.Parser.ParseFrom(piece).LabelsSet);
        var legacy = new LabelPieces(Kind.Series);
        foreach (var set in all.Select(Legacy).Distinct().Order(LabelsOrder.Comparer)) legacy.Add(set.ToByteArray());
        return new LabelsResponse { Pieces = { legacy.Close() } };

        static Labels Legacy(Labels set) => new() { Labels_ = { set.Labels_.Where(static l => LabelNameCapability.IsLegacy(l.Name)) } };
    }

    private static bool HaveLegacyNames(LabelsResponse sets)
    {
        for (var set = new LabelReader(sets.Pieces); set.MoveNext();)
        {
            for (var pairs = set.Current; !pairs.IsEmpty;)
            {
                var pair = LabelReader.Field(ref pairs);
                if (!LabelNameCapability.IsLegacy(LabelReader.Field(ref pair))) return false;
            }
        }

        return true;
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
