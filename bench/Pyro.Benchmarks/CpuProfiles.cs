using System.IO.Compression;
using Pyro.Load;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Records;

namespace Pyro.Benchmarks;

/// <summary>The profiles that the load generator pushes, in each form that a kernel takes.</summary>
internal static class CpuProfiles
{
    /// <summary>Bytes that an unpacked profile may have.</summary>
    public const long MaxBytes = 4 << 20;

    private const ulong Seed = 20260501;

    /// <summary>The languages whose shapes there are.</summary>
    public static IEnumerable<string> Kinds => ProfileShape.CpuLike.Select(shape => shape.Kind);

    /// <summary>The same workload every time.</summary>
    public static CpuWorkload Workload() => new(Seed);

    /// <summary>One scrape of the first pod of a service in a language.</summary>
    public static GeneratedProfile OfKind(string kind, int scrape = 0) =>
        Workload().Profile(Kinds.ToList().IndexOf(kind), pod: 0, scrape);

    /// <summary>Packed, as clients send it.</summary>
    public static byte[] Gzip(byte[] pprof)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(pprof);
        return packed.ToArray();
    }

    /// <summary>The labels of its series, as the distributor settles them.</summary>
    public static LabelSet Labels(GeneratedProfile profile) =>
        LabelSet.From(profile.Labels.Select(l => new Label(l.Name, l.Value)));

    /// <summary>What the distributor sends to ingesters.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="timeNanos">When it was taken; part of its identity.</param>
    public static ProfileRecord Record(GeneratedProfile profile, long timeNanos)
    {
        var decoded = new PprofProfile();
        decoded.Load(profile.Pprof, MaxBytes);
        decoded.TimeNanos = timeNanos;
        new Normalisation().Normalise(decoded, DateTimeOffset.UnixEpoch);
        var record = new ProfileRecord();
        new RecordBuilder().Build(decoded, Labels(profile), record);
        record.Id = ProfileId.FromContent(HeldProfiles.Tenant, record);
        return record;
    }

    /// <summary>Sum of the only value that a sample has.</summary>
    public static long Sum(PprofProfile profile)
    {
        var sum = 0L;
        for (var s = 0; s < profile.SampleCount; s++)
            sum += profile.Values(s)[0];
        return sum;
    }

    /// <summary>Stops a benchmark whose answer is wrong before it is timed.</summary>
    public static void Check(string what, long expected, long actual)
    {
        if (actual != expected)
            throw new InvalidOperationException($"{what}: {actual}, expected {expected}");
    }
}
