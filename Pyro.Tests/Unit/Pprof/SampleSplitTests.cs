using Google.Protobuf;
using Pyro.Api.Pprof;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Records;
using Pyro.Profiles.Relabeling;
using Label = Pyro.Profiles.Labels.Label;
using LabelSet = Pyro.Profiles.Labels.LabelSet;

namespace Pyro.Tests.Unit.Pprof;

public class SampleSplitTests
{
    private static readonly LabelLimits Limits = new(30, 1024, 2048, KeepNames: false);
    private static readonly Label[] Series = [new("__name__", "process_cpu"), new("service_name", "cart"), new("thread", "mine")];

    private static Dictionary<string, string[]> Split(Profile message, RelabelRules? rules = null, Label[]? series = null)
    {
        var profile = new PprofProfile();
        profile.Load(message.ToByteArray(), 0);
        new Normalisation().Normalise(profile, DateTimeOffset.UnixEpoch.AddSeconds(1));
        var split = new SampleSplit();
        split.Split(profile, series ?? Series, rules ?? RelabelRules.Default, Limits);
        return Enumerable.Range(0, split.Count).ToDictionary(i => string.Join(',', split.Labels(i).Select(l => $"{l.Name}={l.Value}")), i =>
        {
            var record = new ProfileRecord();
            split.Build(i, LabelSet.FromStoredOrder([.. split.Labels(i)]), record);
            return Oracle.Lines(record);
        });
    }

    private static Profile Message(params (int Location, long Value, string Labels)[] samples)
    {
        Profile p = RandomProfiles.Sound(new Random(1));
        p.Sample.Clear();
        int Text(string text)
        {
            p.StringTable.Add(text);
            return p.StringTable.Count - 1;
        }

        foreach ((int location, long value, string labels) in samples)
        {
            var sample = new Sample { LocationId = { p.Location[location].Id }, Value = { value, value } };
            foreach (string[] pair in labels.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(x => x.Split('=')))
            {
                sample.Label.Add(new Api.Pprof.Label { Key = Text(pair[0]), Str = Text(pair[1]) });
            }

            p.Sample.Add(sample);
        }

        return p;
    }

    [Fact]
    public void Samples_without_labels_stay_one_series()
    {
        Dictionary<string, string[]> series = Split(Message((0, 1, ""), (1, 2, "")));
        Assert.Equal("__name__=process_cpu,service_name=cart,thread=mine", Assert.Single(series.Keys));
        Assert.Equal(2, series.Values.Single().Length);
    }

    [Fact]
    public void Labels_split_and_do_not_replace_those_of_the_series()
    {
        Dictionary<string, string[]> series = Split(Message((0, 1, "role=a"), (0, 2, "role=b"), (0, 4, "role=a,thread=other"), (1, 8, "")));
        Assert.Equal(
            ["__name__=process_cpu,role=a,service_name=cart,thread=mine", "__name__=process_cpu,role=b,service_name=cart,thread=mine", "__name__=process_cpu,service_name=cart,thread=mine"],
            series.Keys.Order(StringComparer.Ordinal));

        // thread=other does not count: the group joins role=a and equal stacks are summed.
        Assert.EndsWith(" 5,5", Assert.Single(series["__name__=process_cpu,role=a,service_name=cart,thread=mine"]));
    }

    [Fact]
    public void Spans_stay_on_the_samples()
    {
        Dictionary<string, string[]> series = Split(Message(
            (0, 1, "span_id=00000000000000ab"), (0, 2, "profile_id=00000000000000ab"), (0, 4, "span_id=nonsense"), (0, 8, ""), (0, 16, "span_id=0102030405060708,role=a")));
        Assert.Equal(2, series.Count);
        string[] lines = series["__name__=process_cpu,service_name=cart,thread=mine"];
        Assert.Equal(2, lines.Length);
        Assert.Contains(lines, l => l.EndsWith("{span_id=00000000000000ab} 3,3"));
        Assert.Contains(lines, l => l.EndsWith("{} 12,12"));
        Assert.EndsWith("{span_id=0102030405060708} 16,16", series["__name__=process_cpu,role=a,service_name=cart,thread=mine"].Single());
    }

    [Fact]
    public void Rules_drop_groups_or_all()
    {
        var drop = new RelabelRules([new RelabelRule(new RelabelConfig { SourceLabels = ["role"], Regex = "a", Action = RelabelAction.Drop })], DefaultRulesPosition.First);
        Assert.Equal("__name__=process_cpu,role=b,service_name=cart,thread=mine", Assert.Single(Split(Message((0, 1, "role=a"), (0, 2, "role=b")), drop)).Key);
        Assert.Empty(Split(Message((0, 1, "role=a")), drop));
        var without = new RelabelRules([new RelabelRule(new RelabelConfig { Regex = "role", Action = RelabelAction.LabelDrop })], DefaultRulesPosition.First);
        Assert.EndsWith(" 3,3", Assert.Single(Assert.Single(Split(Message((0, 1, "role=a"), (0, 2, "role=b")), without)).Value));
    }

    [Fact]
    public void Labels_of_samples_are_validated_too() => Assert.Equal(
        "invalid_labels", Assert.Throws<ProfileRejectedException>(() => Split(Message((0, 1, "a-b=c")))).Reason);

    [Fact]
    public void Values_survive_a_split()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            Profile message = RandomProfiles.Faulty(new Random(seed));
            long expected = Oracle.Normalised(message).Sum(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..].Split(',')[0]));
            Assert.Equal(expected, Split(message, series: Series[..2]).Values.SelectMany(l => l).Sum(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..].Split(',')[0])));
        }
    }

    [Fact]
    public void A_repeated_sample_type_counts_once()
    {
        Profile message = Message((0, 7, ""));
        message.SampleType[1] = message.SampleType[0].Clone();
        message.Sample[0].Value[1] = 9;
        Assert.EndsWith(" 7", Split(message).Values.Single().Single());
    }

    [Fact]
    public void Types_are_dropped_by_rule()
    {
        var profile = new PprofProfile();
        profile.Load(Message((0, 7, "")).ToByteArray(), 0);
        SampleTypes.Relabel(profile, Series, new RelabelRules(
            [new RelabelRule(new RelabelConfig { SourceLabels = ["__type__", "service_name"], Regex = "samples;cart", Action = RelabelAction.Drop })], DefaultRulesPosition.Disabled));
        Assert.Equal(1, profile.TypeCount);
        Assert.Equal("cpu", profile.StringText(profile.TypeName[0]));
        Assert.Equal(1, profile.Values(0).Length);
    }
}
