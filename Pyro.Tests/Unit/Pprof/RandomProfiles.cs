using Google.Protobuf;
using Pyro.Api.Pprof;
using ValueType = Pyro.Api.Pprof.ValueType;

namespace Pyro.Tests.Unit.Pprof;

/// <summary>Makes pprof messages: sound ones, and ones with the faults that clients really send.</summary>
internal static class RandomProfiles
{
    public static Profile Sound(Random random, int samples = 40)
    {
        var profile = new Profile { TimeNanos = 1_795_132_810_000_000_000, DurationNanos = 10_000_000_000, Period = 10_000_000 };
        profile.StringTable.Add("");
        int Text(string text)
        {
            int at = profile.StringTable.IndexOf(text);
            if (at < 0)
            {
                profile.StringTable.Add(text);
                at = profile.StringTable.Count - 1;
            }

            return at;
        }

        profile.SampleType.Add(new ValueType { Type = Text("samples"), Unit = Text("count") });
        profile.SampleType.Add(new ValueType { Type = Text("cpu"), Unit = Text("nanoseconds") });
        profile.PeriodType = new ValueType { Type = Text("cpu"), Unit = Text("nanoseconds") };
        profile.Comment.Add(Text("made by a test"));
        bool dense = random.Next(3) > 0;
        ulong factor = dense ? 1UL : (ulong)random.NextInt64() | 1;
        for (int i = 0; i < 3; i++)
        {
            profile.Mapping.Add(new Mapping
            {
                Id = factor * (ulong)(i + 1),
                MemoryStart = (ulong)random.Next(),
                MemoryLimit = (ulong)random.Next(),
                Filename = Text("/bin/m" + i),
                BuildId = Text("build" + i),
                HasFunctions = random.Next(2) == 0,
                HasInlineFrames = random.Next(2) == 0,
            });
        }

        int functions = random.Next(1, 60), locations = random.Next(1, 200);
        for (int i = 0; i < functions; i++)
        {
            profile.Function.Add(new Function
            {
                Id = factor * (ulong)(i + 1),
                Name = Text("pkg.f" + i),
                SystemName = Text("_f" + i),
                Filename = Text("f" + (i / 3) + ".go"),
                StartLine = random.Next(1000),
            });
        }

        for (int i = 0; i < locations; i++)
        {
            var location = new Location { Id = factor * (ulong)(i + 1), MappingId = factor * (ulong)random.Next(1, 4), Address = (ulong)random.Next() };
            for (int n = random.Next(4) == 0 ? 2 : 1; n > 0; n--)
            {
                location.Line.Add(new Line { FunctionId = factor * (ulong)random.Next(1, functions + 1), Line_ = random.Next(5000) });
            }

            profile.Location.Add(location);
        }

        for (int i = 0; i < samples; i++)
        {
            var sample = new Sample();
            for (int n = random.Next(1, 30); n > 0; n--)
            {
                sample.LocationId.Add(factor * (ulong)random.Next(1, locations + 1));
            }

            sample.Value.Add(random.Next(1, 100));
            sample.Value.Add(random.Next(1, 100) * 10_000_000L);
            if (random.Next(3) == 0)
            {
                sample.Label.Add(new Label { Key = Text("bytes"), Num = random.Next() });
            }

            if (random.Next(3) == 0)
            {
                sample.Label.Add(new Label { Key = Text("thread"), Str = Text("t" + random.Next(3)) });
            }

            if (random.Next(4) == 0)
            {
                sample.Label.Add(new Label { Key = Text("role"), Str = Text("r" + random.Next(2)) });
            }

            profile.Sample.Add(sample);
            if (random.Next(4) == 0)
            {
                profile.Sample.Add(profile.Sample[random.Next(profile.Sample.Count)].Clone());
            }
        }

        return profile;
    }

    /// <summary>A sound profile with some faults that normalisation repairs or drops.</summary>
    public static Profile Faulty(Random random)
    {
        Profile p = Sound(random);
        for (int n = random.Next(12); n >= 0; n--)
        {
            Sample sample = p.Sample[random.Next(p.Sample.Count)];
            Location location = p.Location[random.Next(p.Location.Count)];
            Function function = p.Function[random.Next(p.Function.Count)];
            switch (random.Next(14))
            {
                case 0: sample.Value[0] = -1; break;
                case 1: sample.Value[0] = sample.Value[1] = 0; break;
                case 2: sample.Value[1] = 0; break;
                case 3 when sample.LocationId.Count > 0: sample.LocationId[0] = ulong.MaxValue - 5; break;
                case 4: sample.LocationId.Clear(); break;
                case 5: location.MappingId = 0; break;
                case 6: location.MappingId = 0x7777_7777_7777; break;
                case 7 when location.Line.Count > 0: location.Line[0].FunctionId = 0x7777_7777_7777; break;
                case 8: location.Line.Clear(); break;
                case 9: location.Line.Clear(); location.Address = 0; break;
                case 10: function.Name = 1 << 20; break;
                case 11: function.Id = p.Function[0].Id; break;
                case 12: location.Id = p.Location[0].Id; break;
                default: p.PeriodType.Unit = -3; break;
            }
        }

        return p;
    }

    public static byte[] Bytes(Profile profile) => profile.ToByteArray();
}
