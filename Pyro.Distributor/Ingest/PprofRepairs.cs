using Pyro.Profiles.Pprof;

namespace Pyro.Distributor.Ingest;

/// <summary>What pprof from certain collectors needs before it can be validated.</summary>
internal static class PprofRepairs
{
    private const long YearNanos = 365L * 24 * 3600 * 1_000_000_000;

    /// <summary>Repairs a decoded profile in place.</summary>
    public static void Apply(PprofProfile profile, IngestRequest request, SampleTypeConfig config)
    {
        if (profile.TimeNanos is >= 0 and < YearNanos) profile.TimeNanos = request.From;
        if (request.SpyName is "pyspy" or "rbspy" or "scripting") NameFunctionsByFile(profile, request.SpyName == "pyspy");
        if (request.SpyName == "dotnetspy" || (request.SpyName == "unknown" && config.Names("inuse-space"))) RepairDotnet(profile);
    }

    /// <summary>Functions of scripting languages are told apart by their files.</summary>
    private static void NameFunctionsByFile(PprofProfile profile, bool keepAbsolute)
    {
        for (var i = 0; i < profile.FunctionCount; i++)
        {
            var (name, file) = (profile.FunctionName[i], profile.FunctionFile[i]);
            if ((uint)name >= (uint)profile.StringCount || (uint)file >= (uint)profile.StringCount) continue;
            var path = profile.String(file);
            if (keepAbsolute && path.StartsWith("/"u8)) continue;
            byte[] text = [.. path, (byte)' ', .. profile.String(name)];
            profile.FunctionName[i] = profile.AddString(text);
        }
    }

    /// <summary>The .NET profiler numbers its functions from 1 without saying so, and has hyphens in its sample types.</summary>
    private static void RepairDotnet(PprofProfile profile)
    {
        for (var i = 0; i < profile.TypeCount; i++)
        {
            if ((uint)profile.TypeName[i] >= (uint)profile.StringCount || !profile.String(profile.TypeName[i]).Contains((byte)'-')) continue;
            profile.TypeName[i] = profile.AddString(profile.StringText(profile.TypeName[i]).Replace('-', '_'));
        }

        if (profile.FunctionCount == 0 || profile.FunctionId.AsSpan(0, profile.FunctionCount).ContainsAnyExcept(0UL)) return;
        for (var i = 0; i < profile.FunctionCount; i++) profile.FunctionId[i] = (ulong)i + 1;
        profile.ResolveIds();
    }
}
