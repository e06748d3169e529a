using System.Buffers;
using Pyro.Api.Pprof;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Records;
using Pyro.Tests.Unit.Pprof;
using Label = Pyro.Profiles.Labels.Label;

namespace Pyro.Tests.Unit.Records;

public class RecordCodecTests
{
    private static readonly LabelSet Labels = LabelSet.FromStoredOrder([new Label("__name__", "process_cpu"), new Label("service_name", "cart")]);

    internal static ProfileRecord Record(Profile message, ProfileRecord? record = null)
    {
        record ??= new ProfileRecord();
        var profile = new PprofProfile();
        profile.Load(RandomProfiles.Bytes(message), 0);
        new Normalisation().Normalise(profile, DateTimeOffset.UnixEpoch);
        profile.SampleLabelStart.AsSpan().Clear();
        new RecordBuilder().Build(profile, Labels, record);
        return record;
    }

    internal static byte[] Encode(ProfileRecord record)
    {
        var output = new ArrayBufferWriter<byte>();
        RecordCodec.Encode(record, output);
        return output.WrittenSpan.ToArray();
    }

    [Fact]
    public void Records_come_back_as_they_were_and_equal_records_give_equal_bytes()
    {
        var decoded = new ProfileRecord();
        var record = new ProfileRecord();
        for (int seed = 0; seed < 100; seed++)
        {
            Profile message = RandomProfiles.Faulty(new Random(seed));
            Record(message, record);
            record.Id = ProfileId.FromContent("tenant", record);
            byte[] bytes = Encode(record);
            RecordCodec.Decode(bytes, decoded);
            Assert.Equal(Oracle.Lines(record), Oracle.Lines(decoded));
            Assert.Equal(record.Id, ProfileId.FromContent("tenant", decoded));
            Assert.Equal(record.Id, decoded.Id);
            Assert.Equal(bytes, Encode(decoded));
            Assert.Equal("process_cpu", Oracle.Text(decoded, decoded.LabelValue[0]));
        }
    }

    [Fact]
    public void A_record_says_the_same_as_its_profile()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            Profile message = RandomProfiles.Sound(new Random(seed));
            foreach (Sample sample in message.Sample)
            {
                sample.Label.Clear();
            }

            Assert.Equal(Oracle.Normalised(message), Oracle.Lines(Record(message)));
        }
    }

    [Fact]
    public void Every_damage_is_found_or_harmless()
    {
        byte[][] seeds = [.. Enumerable.Range(0, 6).Select(seed => Encode(Record(RandomProfiles.Sound(new Random(seed), 5))))];
        var decoded = new ProfileRecord();
        Fuzz.Run("record codec", seeds, bytes =>
        {
            try
            {
                RecordCodec.Decode(bytes, decoded);
            }
            catch (RecordFormatException)
            {
                return;
            }

            Oracle.Lines(decoded);
            byte[] again = Encode(decoded);
            RecordCodec.Decode(again, decoded);
            Assert.Equal(again, Encode(decoded));
        });
    }
}
