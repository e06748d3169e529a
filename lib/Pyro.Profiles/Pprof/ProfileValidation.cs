using System.Globalization;
using System.Text.Unicode;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Relabeling;

namespace Pyro.Profiles.Pprof;

/// <summary>Checks a profile before anything is done with it; too long stacks and strings are cut, a missing time becomes now.</summary>
public static class ProfileValidation
{
    /// <summary>Runs every check in Pyroscope's order.</summary>
    /// <exception cref="ProfileRejectedException">The profile is refused.</exception>
    public static void Validate(PprofProfile p, ReadOnlySpan<Label> labels, in ProfileLimits limits, DateTimeOffset now)
    {
        if (p.TypeCount == 0)
        {
            throw Malformed("empty profile");
        }

        Time(p, labels, limits, now);
        if (limits.MaxSizeBytes > 0 && p.RawLength > limits.MaxSizeBytes)
        {
            throw TooMany(DiscardReason.ProfileSizeLimit, labels, "size limit (max_profile_size_byte", p.RawLength, limits.MaxSizeBytes);
        }

        if (limits.MaxSamples > 0 && p.SampleCount + p.SamplesLeftOut > limits.MaxSamples)
        {
            throw TooMany(DiscardReason.SamplesLimit, labels, "samples count limit (max_profile_stacktrace_samples", p.SampleCount + p.SamplesLeftOut, limits.MaxSamples);
        }

        Samples(p, labels, limits);
        CutStrings(p, limits.MaxSymbolLength);
        if (p.LocationId.AsSpan(0, p.LocationCount).Contains(0UL))
        {
            throw Malformed("location id is 0");
        }

        if (p.FunctionId.AsSpan(0, p.FunctionCount).Contains(0UL))
        {
            throw Malformed("function id is 0");
        }

        for (int s = 0; s < p.SampleCount; s++)
        {
            if (p.SampleValueStart[s + 1] - p.SampleValueStart[s] != p.TypeCount)
            {
                throw Malformed("sample value length mismatch");
            }
        }

        Strings(p);
    }

    private static void Time(PprofProfile p, ReadOnlySpan<Label> labels, in ProfileLimits limits, DateTimeOffset now)
    {
        if (p.TimeNanos <= 0)
        {
            p.TimeNanos = UnixTime.Nanos(now);
            return;
        }

        long time = p.TimeNanos / 1_000_000, at = now.ToUnixTimeMilliseconds();
        long start = at - (long)limits.RejectOlderThan.TotalMilliseconds, end = at + (long)limits.RejectNewerThan.TotalMilliseconds;
        bool old = limits.RejectOlderThan > TimeSpan.Zero && time <= start, young = limits.RejectNewerThan > TimeSpan.Zero && time >= end;
        if (!old && !young)
        {
            return;
        }

        string from = limits.RejectOlderThan > TimeSpan.Zero ? $"starts at {GoTime(start)}" : "";
        string to = limits.RejectNewerThan > TimeSpan.Zero ? $"ends at {GoTime(end)}" : "";
        string window = from.Length > 0 && to.Length > 0 ? $"{from} and {to}" : from + to;
        throw new ProfileRejectedException(
            DiscardReason.NotInIngestionWindow,
            $"profile with labels '{LabelText.Format(labels)}' is outside of ingestion window (profile timestamp: {GoTime(time)}, the ingestion window {window})");
    }

    /// <summary>A time as Go prints it: no trailing zeros in the fraction.</summary>
    private static string GoTime(long ms) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, -62_135_596_800_000, 253_402_300_799_999)).ToString("yyyy-MM-dd HH:mm:ss.FFF", CultureInfo.InvariantCulture) + " +0000 UTC";

    /// <summary>Cuts stacks at the leaf and counts labels.</summary>
    private static void Samples(PprofProfile p, ReadOnlySpan<Label> labels, in ProfileLimits limits)
    {
        int depth = limits.MaxStackDepth > 0 ? limits.MaxStackDepth : int.MaxValue, to = 0, start = 0;
        for (int s = 0; s < p.SampleCount; s++)
        {
            int end = p.SampleStackStart[s + 1], from = Math.Max(start, end - depth);
            if (from != to)
            {
                p.StackLocation.AsSpan(from..end).CopyTo(p.StackLocation.AsSpan(to));
                p.StackLocationId.AsSpan(from..end).CopyTo(p.StackLocationId.AsSpan(to));
            }

            to += end - from;
            start = end;
            p.SampleStackStart[s + 1] = to;
            int count = p.SampleLabelStart[s + 1] - p.SampleLabelStart[s];
            if (limits.MaxSampleLabels > 0 && count > limits.MaxSampleLabels)
            {
                throw TooMany(DiscardReason.SampleLabelsLimit, labels, "sample labels limit (max_profile_stacktrace_sample_labels", count, limits.MaxSampleLabels);
            }
        }
    }

    private static void CutStrings(PprofProfile p, int most)
    {
        for (int i = 0; most > 0 && i < p.StringCount; i++)
        {
            int cut = p.StringLength[i] - most;
            if (cut > 0)
            {
                p.StringOffset[i] += cut;
                p.StringLength[i] = most;
            }
        }
    }

    private static void Strings(PprofProfile p)
    {
        if (p.StringCount == 0 || p.StringLength[0] != 0)
        {
            throw Malformed("string 0 should be empty string");
        }

        InTable(p, p.TypeName, p.TypeCount, "sample type type string index out of range");
        int labels = p.SampleLabelStart[p.SampleCount];
        InTable(p, p.LabelKey, labels, "sample label string index out of range");
        InTable(p, p.LabelValue, labels, "sample label string index out of range");
        InTable(p, p.FunctionName, p.FunctionCount, "function name string index out of range");
        InTable(p, p.FunctionSystemName, p.FunctionCount, "function system name index string out of range");
        InTable(p, p.FunctionFile, p.FunctionCount, "function file name string index out of range");
        InTable(p, p.MappingFile, p.MappingCount, "mapping file name string index out of range");
        InTable(p, p.MappingBuildId, p.MappingCount, "mapping build id string index out of range");
        for (int t = 0; t < p.TypeCount; t++)
        {
            if (p.String(p.TypeName[t]).Contains((byte)'-'))
            {
                throw Malformed("sample type contains -");
            }
        }

        for (int i = 0; i < p.StringCount; i++)
        {
            if (!Utf8.IsValid(p.String(i)))
            {
                throw Malformed("invalid utf8 string hex: " + Convert.ToHexStringLower(p.String(i)));
            }
        }
    }

    private static void InTable(PprofProfile p, int[] column, int count, string message)
    {
        foreach (int index in column.AsSpan(0, count))
        {
            if ((uint)index >= (uint)p.StringCount)
            {
                throw Malformed(message);
            }
        }
    }

    private static ProfileRejectedException Malformed(string message) => new(DiscardReason.MalformedProfile, message);

    private static ProfileRejectedException TooMany(string reason, ReadOnlySpan<Label> labels, string limit, long actual, long most) =>
        new(reason, $"the profile with labels '{LabelText.Format(labels)}' exceeds the {limit}, actual: {actual}, limit: {most})");
}
