using System.Text.Json;
using Google.Protobuf;
using Pyro.Api.Pprof;
using Pyro.Api.Push;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Records;
using Pyro.Profiles.Relabeling;
using Label = Pyro.Profiles.Labels.Label;
using LabelSet = Pyro.Profiles.Labels.LabelSet;

namespace Pyro.Tests.Unit.Pprof;

/// <summary>
/// Recorded pushes of real profiles, taken as far as records and summed by whole stacks, are what the recorded merge answered:
/// functions, lines, mappings, repairs. Nothing is checked where the corpus is absent.
/// </summary>
public class CorpusMergeTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_795_132_815);

    [Theory]
    [InlineData("real-go")]
    public void Records_of_recorded_pushes_sum_up_to_the_recorded_merge(string name)
    {
        if (Repository.Corpus is null)
        {
            return;
        }

        string folder = Path.Combine(Repository.Corpus, "query", name);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "case.json")));
        var sums = new Dictionary<string, Dictionary<string, long>>(StringComparer.Ordinal);
        int compared = 0;
        foreach (JsonElement step in document.RootElement.GetProperty("steps").EnumerateArray())
        {
            if (!step.TryGetProperty("request", out JsonElement request))
            {
                continue;
            }

            string path = request.GetProperty("path").GetString()!;
            if (path == "/push.v1.PusherService/Push")
            {
                Push(PushRequest.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(folder, request.GetProperty("body").GetProperty("file").GetString()!))), sums);
            }
            else if (path == "/querier.v1.QuerierService/SelectMergeProfile" && Merge(folder, step) is { } expected)
            {
                string key = Key(request.GetProperty("body").GetProperty("json"));
                Assert.True(sums.TryGetValue(key, out Dictionary<string, long>? sum), $"nothing pushed for {key}");
                string[] actual = [.. sum.Select(s => $"{s.Key} {s.Value}").Order(StringComparer.Ordinal)];
                Assert.Equal(Oracle.Normalised(expected), actual);
                compared++;
            }
        }

        Assert.True(compared > 0, "no recorded merge was compared");
    }

    /// <summary>The answer to a merge of everything that a service has, or null for other merges.</summary>
    private static Profile? Merge(string folder, JsonElement step)
    {
        JsonElement body = step.GetProperty("request").GetProperty("body").GetProperty("json"), response = step.GetProperty("response").GetProperty("body");
        bool whole = !body.TryGetProperty("maxNodes", out _) && !body.TryGetProperty("stackTraceSelector", out _) && step.GetProperty("name").GetString()!.StartsWith("hot:", StringComparison.Ordinal)
            && body.GetProperty("labelSelector").GetString()!.StartsWith("{service_name=\"", StringComparison.Ordinal);
        return !whole || step.TryGetProperty("ours", out _)
            ? null
            : JsonParser.Default.Parse<Profile>(response.TryGetProperty("file", out JsonElement file) ? File.ReadAllText(Path.Combine(folder, file.GetString()!)) : response.GetProperty("json").GetRawText());
    }

    private static string Key(JsonElement body) => $"{body.GetProperty("labelSelector").GetString()!.Split('"')[1]} {body.GetProperty("profileTypeID").GetString()}";

    private static void Push(PushRequest push, Dictionary<string, Dictionary<string, long>> sums)
    {
        foreach (RawProfileSeries series in push.Series)
        {
            foreach (RawSample sample in series.Samples)
            {
                var profile = new PprofProfile();
                var split = new SampleSplit();
                Label[] labels = [.. series.Labels.Select(l => new Label(l.Name, l.Value)).OrderBy(l => l.Name, StringComparer.Ordinal)];
                profile.Load(sample.RawProfile.Memory, 0);
                ProfileValidation.Validate(profile, labels, default, Now);
                if (Language.Detect(profile, labels) == Language.Go)
                {
                    GoTypeParameters.Remove(profile);
                    GoTruncatedStacks.Repair(profile);
                }

                new Normalisation().Normalise(profile, Now);
                split.Split(profile, labels, RelabelRules.Default, new LabelLimits(30, 1024, 2048, KeepNames: false));
                for (int i = 0; i < split.Count; i++)
                {
                    var record = new ProfileRecord();
                    split.Build(i, LabelSet.FromStoredOrder([.. split.Labels(i)]), record);
                    Add(record, [.. split.Labels(i)], sums);
                }
            }
        }
    }

    private static void Add(ProfileRecord record, Label[] labels, Dictionary<string, Dictionary<string, long>> sums)
    {
        string Get(string name) => labels.FirstOrDefault(l => l.Name == name).Value ?? "";
        for (int t = 0; t < record.TypeCount; t++)
        {
            string key = $"{Get("service_name")} {Get("__name__")}:{Oracle.Text(record, record.TypeName[t])}:{Oracle.Text(record, record.TypeUnit[t])}:{Oracle.Text(record, record.PeriodType)}:{Oracle.Text(record, record.PeriodUnit)}";
            Dictionary<string, long> sum = sums.TryGetValue(key, out Dictionary<string, long>? found) ? found : sums[key] = new(StringComparer.Ordinal);
            foreach (string line in Oracle.Lines(record))
            {
                string stack = line[..line.LastIndexOf(" {", StringComparison.Ordinal)] + " {}";
                long value = long.Parse(line[(line.LastIndexOf(' ') + 1)..].Split(',')[t]);
                if (value != 0)
                {
                    sum[stack] = sum.GetValueOrDefault(stack) + value;
                }
            }
        }
    }
}
