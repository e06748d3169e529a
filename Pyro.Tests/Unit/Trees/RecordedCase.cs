using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Pyro.Api.Pprof;
using Pyro.Api.Push;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Trees;
using Pyro.Tests.Unit.Pprof;

namespace Pyro.Tests.Unit.Trees;

/// <summary>A recorded case: its pushed profiles, summed in the plainest way, and its steps.</summary>
internal sealed class RecordedCase
{
    private readonly string _folder;
    private readonly List<(LabelSet Labels, Profile Profile)> _pushed = [];

    public RecordedCase(string name)
    {
        _folder = Path.Combine(Repository.Corpus!, "query", name);
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "case.json")));
        Steps = [.. document.RootElement.GetProperty("steps").EnumerateArray().Select(s => s.Clone())];
        foreach (var step in Steps)
        {
            if (step.TryGetProperty("request", out var request) && request.GetProperty("path").GetString() == "/push.v1.PusherService/Push")
            {
                Push(request.GetProperty("body").GetProperty("file").GetString()!);
            }
        }
    }

    public JsonElement[] Steps { get; }

    /// <summary>The JSON body of an answer.</summary>
    public JsonElement Body(JsonElement response)
    {
        var body = response.GetProperty("body");
        return body.TryGetProperty("file", out var file)
            ? JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, file.GetString()!))).RootElement
            : body.GetProperty("json");
    }

    /// <summary>Everything that a selector selects, summed.</summary>
    public NameTree Sum(string profileType, string selector)
    {
        var type = ProfileType.Parse(profileType);
        var matchers = Selector.Parse(selector);
        var tree = new NameTree();
        foreach (var (labels, profile) in _pushed)
        {
            string Text(long at) => profile.StringTable[(int)at];
            var column = profile.SampleType.ToList().FindIndex(t => Text(t.Type) == type.SampleType && Text(t.Unit) == type.SampleUnit);
            if (column >= 0 && labels.Get("__name__") == type.Name && Text(profile.PeriodType?.Type ?? 0) == type.PeriodType
                && Text(profile.PeriodType?.Unit ?? 0) == type.PeriodUnit)
            {
                var stored = Stored(labels, type);
                if (matchers.All(m => m.Matches(stored.Get(m.Name) ?? "")))
                    Add(tree, profile, column);
            }
        }

        return tree;
    }

    // The labels that a series gets when it is stored.
    private static LabelSet Stored(LabelSet pushed, ProfileType type) => LabelSet.From(
    [
        .. pushed.Labels, new("__service_name__", pushed.Get("service_name") ?? ""), new("__profile_type__", type.Stored),
        new("__type__", type.SampleType), new("__unit__", type.SampleUnit),
        new("__period_type__", type.PeriodType), new("__period_unit__", type.PeriodUnit),
    ]);

    private static void Add(NameTree tree, Profile profile, int column)
    {
        var functions = profile.Function.ToDictionary(f => f.Id, f => WithoutTypeArguments(profile.StringTable[(int)f.Name]));
        var locations = profile.Location.ToDictionary(l => l.Id);
        foreach (var sample in profile.Sample.Where(s => s.Value[column] > 0))
        {
            var node = 0;
            foreach (var location in sample.LocationId.Reverse())
            {
                foreach (var line in locations[location].Line.Reverse())
                {
                    node = tree.Child(node, tree.Intern(Encoding.UTF8.GetBytes(functions[line.FunctionId])));
                }
            }

            if (node != 0)
            {
                tree.Self[node] += sample.Value[column];
            }
        }
    }

    // The distributor takes them off, so that instances of one generic function are one.
    private static string WithoutTypeArguments(string name)
    {
        var start = name.IndexOf("[go.shape.", StringComparison.Ordinal);
        var end = name.LastIndexOf(']');
        return start < 0 || end < start ? name : name.Remove(start, end + 1 - start);
    }

    private void Push(string file)
    {
        var request = PushRequest.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(_folder, file)));
        foreach (var series in request.Series)
        {
            var labels = LabelSet.From(series.Labels.Select(l => new Pyro.Profiles.Labels.Label(l.Name, l.Value)));
            foreach (var sample in series.Samples)
            {
                var bytes = sample.RawProfile.ToByteArray();
                if (Gzip.IsGzip(bytes))
                {
                    using var unpacked = new MemoryStream();
                    new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress).CopyTo(unpacked);
                    bytes = unpacked.ToArray();
                }

                _pushed.Add((labels, Profile.Parser.ParseFrom(bytes)));
            }
        }
    }
}
