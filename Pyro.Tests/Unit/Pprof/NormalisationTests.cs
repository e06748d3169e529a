using System.Text.Unicode;
using Google.Protobuf;
using Pyro.Api.Pprof;
using Pyro.Profiles.Pprof;

namespace Pyro.Tests.Unit.Pprof;

public class NormalisationTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_795_132_815);

    [Fact]
    public void Decode_and_normalise_agree_with_the_plain_way()
    {
        var profile = new PprofProfile();
        var normalisation = new Normalisation();
        int seed = Random.Shared.Next();
        for (int i = 0; i < 300; i++)
        {
            Profile message = RandomProfiles.Faulty(new Random(seed + i));
            profile.Load(RandomProfiles.Bytes(message), 0);
            normalisation.Normalise(profile, Now);
            Assert.True(Oracle.Normalised(message).SequenceEqual(Oracle.Lines(profile)), $"seed {seed + i}");
        }
    }

    [Fact]
    public void Mutated_messages_are_refused_or_agree_with_the_plain_way()
    {
        var profile = new PprofProfile();
        var normalisation = new Normalisation();
        byte[][] seeds = [.. Enumerable.Range(0, 6).Select(i => RandomProfiles.Bytes(RandomProfiles.Sound(new Random(i), 4)))];
        Fuzz.Run("pprof against generated messages", seeds, bytes =>
        {
            try
            {
                profile.Load(bytes, 1 << 20);
            }
            catch (PprofFormatException)
            {
                return;
            }
            catch (ProfileTooLargeException)
            {
                return;
            }

            if (Gzip.IsGzip(bytes) || !Enumerable.Range(0, profile.StringCount).All(i => Utf8.IsValid(profile.String(i))))
            {
                // The generated messages do not read text that is no UTF-8.
                return;
            }

            Profile message = Profile.Parser.ParseFrom(bytes);
            normalisation.Normalise(profile, Now);
            string[] expected = Oracle.Normalised(message), actual = Oracle.Lines(profile);
            Assert.Equal(expected, actual);
        });
    }

    [Fact]
    public void Counts_say_what_was_dropped()
    {
        Profile message = RandomProfiles.Sound(new Random(5));
        message.Sample.Clear();
        ulong id = message.Location[0].Id;
        message.Sample.Add(new Sample { LocationId = { id }, Value = { 1, 2 } });
        message.Sample.Add(new Sample { LocationId = { id }, Value = { 3, 4 } });
        message.Sample.Add(new Sample { LocationId = { id }, Value = { 0, 0 } });
        message.Sample.Add(new Sample { LocationId = { id }, Value = { 5, -1 } });
        message.Sample.Add(new Sample { LocationId = { id }, Value = { 5 } });
        message.Sample.Add(new Sample { LocationId = { 0 }, Value = { 5, 5 } });
        var profile = new PprofProfile();
        profile.Load(message.ToByteArray(), 0);
        Assert.Equal(new NormaliseCounts(6, 1, 1, 1, 1, 1), new Normalisation().Normalise(profile, Now));
        Assert.Equal([4, 6], profile.Values(0).ToArray());
    }

    [Fact]
    public void A_time_of_zero_is_now()
    {
        var profile = new PprofProfile();
        profile.Load(new Profile { StringTable = { "" } }.ToByteArray(), 0);
        new Normalisation().Normalise(profile, Now);
        Assert.Equal(1_795_132_815_000_000_000, profile.TimeNanos);
    }
}
