using System.Buffers;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Records;
using Pyro.Profiles.Relabeling;

namespace Pyro.Tests.Unit.Pprof;

public class AllocationTests
{
    [Fact]
    public void A_warm_pipeline_allocates_next_to_nothing()
    {
        byte[] body = Gzip.Pack(RandomProfiles.Bytes(Unlabelled(RandomProfiles.Sound(new Random(2), 1000))));
        Label[] labels = [new("__name__", "process_cpu"), new("service_name", "cart")];
        var profile = new PprofProfile();
        var normalisation = new Normalisation();
        var split = new SampleSplit();
        var record = new ProfileRecord();
        var decoded = new ProfileRecord();
        var output = new ArrayBufferWriter<byte>(1 << 20);
        void Run()
        {
            profile.Load(body, 4 << 20);
            ProfileValidation.Validate(profile, labels, new ProfileLimits(default, default, 4 << 20, 16_000, 100, 1000, 65_535), DateTimeOffset.UnixEpoch);
            normalisation.Normalise(profile, DateTimeOffset.UnixEpoch);
            split.Split(profile, labels, RelabelRules.Default, new LabelLimits(30, 1024, 2048, KeepNames: false));
            split.Build(0, LabelSet.FromStoredOrder([.. split.Labels(0)]), record);
            record.Id = ProfileId.FromContent("tenant", record);
            output.ResetWrittenCount();
            RecordCodec.Encode(record, output);
            RecordCodec.Decode(output.WrittenMemory, decoded);
        }

        for (int i = 0; i < 20; i++)
        {
            Run();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
        {
            Run();
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 10, 0, 3000);
    }

    private static Api.Pprof.Profile Unlabelled(Api.Pprof.Profile profile)
    {
        foreach (Api.Pprof.Sample sample in profile.Sample)
        {
            sample.Label.Clear();
        }

        return profile;
    }
}
