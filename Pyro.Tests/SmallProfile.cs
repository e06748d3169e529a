using Google.Protobuf;
using Pyro.Api.Pprof;
using Pyro.Api.Push;
using Pyro.Api.Types;

namespace Pyro.Tests;

/// <summary>Small CPU profiles made by hand through the generated messages, independent of the product's own reader and writer.</summary>
internal static class SmallProfile
{
    /// <summary>The profile type of everything made here.</summary>
    public const string CpuType = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

    /// <summary>A CPU profile of stacks written root first (<c>main;work</c>) with their values.</summary>
    public static Profile Cpu(DateTimeOffset time, params (string Stack, long Value)[] stacks)
    {
        var profile = new Profile { TimeNanos = time.ToUnixTimeMilliseconds() * 1_000_000, DurationNanos = 10_000_000_000, Period = 10_000_000 };
        var strings = new Dictionary<string, long>(StringComparer.Ordinal);
        long Text(string text)
        {
            if (strings.TryGetValue(text, out var known))
                return known;
            profile.StringTable.Add(text);
            return strings[text] = profile.StringTable.Count - 1;
        }

        Text("");
        profile.SampleType.Add(new Pyro.Api.Pprof.ValueType { Type = Text("cpu"), Unit = Text("nanoseconds") });
        profile.PeriodType = new Pyro.Api.Pprof.ValueType { Type = Text("cpu"), Unit = Text("nanoseconds") };
        profile.Mapping.Add(new Mapping { Id = 1, Filename = Text("/bin/shop"), HasFunctions = true });
        var functions = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var (stack, value) in stacks)
        {
            var sample = new Sample { Value = { value } };
            foreach (var name in stack.Split(';').Reverse())
            {
                if (!functions.TryGetValue(name, out var id))
                {
                    functions[name] = id = (ulong)functions.Count + 1;
                    profile.Function.Add(new Function { Id = id, Name = Text(name), SystemName = Text(name), Filename = Text("shop.cs") });
                    profile.Location.Add(new Pyro.Api.Pprof.Location { Id = id, MappingId = 1, Address = id * 16, Line = { new Line { FunctionId = id, Line_ = 1 } } });
                }
                sample.LocationId.Add(id);
            }
            profile.Sample.Add(sample);
        }
        return profile;
    }

    /// <summary>A push of one profile.</summary>
    public static PushRequest Push(string service, Profile profile, string id = "") => new()
    {
        Series =
        {
            new RawProfileSeries
            {
                Labels = { new LabelPair { Name = "__name__", Value = "process_cpu" }, new LabelPair { Name = "service_name", Value = service } },
                Samples = { new RawSample { RawProfile = profile.ToByteString(), ID = id } },
            },
        },
    };
}
