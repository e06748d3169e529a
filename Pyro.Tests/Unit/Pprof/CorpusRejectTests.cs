using System.Text.Json;
using Google.Protobuf;
using Pyro.Api.Push;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Records;
using Pyro.Profiles.Relabeling;
using Label = Pyro.Profiles.Labels.Label;
using LabelSet = Pyro.Profiles.Labels.LabelSet;

namespace Pyro.Tests.Unit.Pprof;

/// <summary>Recorded pushes that were refused, or accepted, with the exact texts. Nothing is checked where the corpus is absent.</summary>
public class CorpusRejectTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_795_132_815);
    private static readonly ProfileLimits Default = new(TimeSpan.Zero, TimeSpan.Zero, 4 << 20, 16_000, 100, 1000, 65_535);

    [Theory]
    [InlineData("pprof", false, false)]
    [InlineData("labels", false, false)]
    [InlineData("labels-no-sanitization", true, false)]
    [InlineData("profile-limits", false, true)]
    public void Pushes_are_refused_with_the_recorded_words(string name, bool keepNames, bool small)
    {
        if (Repository.Corpus is null)
        {
            return;
        }

        ProfileLimits limits = small ? new(TimeSpan.Zero, TimeSpan.Zero, 6000, 20, 3, 10, 30) : Default;
        string folder = Path.Combine(Repository.Corpus, "reject", name);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "case.json")));
        int tried = 0;
        foreach (JsonElement step in document.RootElement.GetProperty("steps").EnumerateArray())
        {
            if (!step.TryGetProperty("request", out JsonElement request) || request.GetProperty("path").GetString() != "/push.v1.PusherService/Push"
                || !request.GetProperty("body").TryGetProperty("file", out JsonElement file))
            {
                continue;
            }

            PushRequest push;
            try
            {
                push = PushRequest.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(folder, file.GetString()!)));
            }
            catch (InvalidProtocolBufferException)
            {
                // Labels that are not UTF-8 do not pass the generated messages; LabelValidationTests has them.
                continue;
            }

            JsonElement response = (step.TryGetProperty("ours", out JsonElement ours) ? ours : step).GetProperty("response");
            string expected = response.GetProperty("status").GetInt32() == 200 ? "" : response.GetProperty("body").GetProperty("json").GetProperty("message").GetString()!;
            string? actual = Push(push, limits, new LabelLimits(30, 1024, 2048, keepNames));
            string step_ = step.GetProperty("name").GetString()!;
            tried++;
            if (response.GetProperty("status").GetInt32() == 200)
            {
                Assert.True(actual is null, $"{step_}: {actual}");
            }
            else
            {
                Assert.True(actual is not null, step_);
                Assert.True(expected.Length == 0 || expected == actual, $"{step_}: expected {expected}, was {actual}");
            }
        }

        Assert.True(tried > 10);
    }

    private static string? Push(PushRequest push, in ProfileLimits limits, in LabelLimits labelLimits)
    {
        string? error = null;
        foreach (RawProfileSeries series in push.Series)
        {
            foreach (RawSample sample in series.Samples)
            {
                try
                {
                    List<Label> labels = [.. series.Labels.Select(l => new Label(l.Name, l.Value))];
                    if (!labels.Exists(l => l.Name == "service_name"))
                    {
                        labels.Add(new Label("service_name", "unknown_service"));
                    }

                    LabelText.Sort(labels);
                    Ingest(sample.RawProfile.Memory, labels, limits, labelLimits);
                }
                catch (Exception e) when (e is ProfileRejectedException or PprofFormatException)
                {
                    // Of several failures the client reads the first that has a code.
                    error = e is ProfileRejectedException || error is null ? error ?? e.Message : error;
                }
            }
        }

        return error;
    }

    private static void Ingest(ReadOnlyMemory<byte> raw, List<Label> labels, in ProfileLimits limits, in LabelLimits labelLimits)
    {
        var profile = new PprofProfile();
        profile.Load(raw, limits.MaxSizeBytes);
        ProfileValidation.Validate(profile, labels.ToArray(), limits, Now);
        GoTypeParameters.Remove(profile);
        GoTruncatedStacks.Repair(profile);
        new Normalisation().Normalise(profile, Now);
        if (profile.SampleCount == 0)
        {
            return;
        }

        var split = new SampleSplit();
        split.Split(profile, labels.ToArray(), RelabelRules.Default, labelLimits);
        for (int i = 0; i < split.Count; i++)
        {
            var record = new ProfileRecord();
            split.Build(i, LabelSet.FromStoredOrder([.. split.Labels(i)]), record);
        }
    }
}
