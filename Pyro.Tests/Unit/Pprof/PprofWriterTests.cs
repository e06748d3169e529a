using System.Buffers;
using Google.Protobuf;
using Pyro.Api.Pprof;
using Pyro.Profiles.Pprof;

namespace Pyro.Tests.Unit.Pprof;

public class PprofWriterTests
{
    [Fact]
    public void What_was_decoded_is_written_as_it_was()
    {
        var profile = new PprofProfile();
        var writer = new PprofWriter();
        for (int seed = 0; seed < 50; seed++)
        {
            Profile message = RandomProfiles.Sound(new Random(seed));
            foreach (Sample sample in message.Sample)
            {
                // Numbers of numeric labels are not kept.
                foreach (Label label in sample.Label)
                {
                    label.Num = 0;
                }
            }

            profile.Load(message.ToByteArray(), 0);
            var output = new ArrayBufferWriter<byte>();
            writer.Write(profile, output);
            Assert.Equal(message, Profile.Parser.ParseFrom(output.WrittenSpan));
        }
    }

    [Fact]
    public void A_profile_is_made_from_nothing()
    {
        var p = new PprofProfile();
        p.Clear();
        p.AddString("");
        p.AddType(p.AddString("cpu"), p.AddString("nanoseconds"));
        p.TimeNanos = 5;
        p.AddFunction(1, p.AddString("main"), 0, 0, 0);
        p.AddLine(1, 7);
        p.AddLocation(1, 0, 0, folded: false);
        p.AddSample([1, 1], [42]);
        var output = new ArrayBufferWriter<byte>();
        new PprofWriter().Write(p, output);
        Profile message = Profile.Parser.ParseFrom(output.WrittenSpan);
        Assert.Equal("main", message.StringTable[(int)message.Function[0].Name]);
        Assert.Equal([1UL, 1UL], message.Sample[0].LocationId);
        Assert.Equal(42, message.Sample[0].Value[0]);
    }
}
