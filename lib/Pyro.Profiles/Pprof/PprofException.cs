using System.Globalization;

namespace Pyro.Profiles.Pprof;

/// <summary>The bytes are no gzip or no pprof message; nothing of them can be used.</summary>
public sealed class PprofFormatException(string message) : Exception(message);

/// <summary>A profile that was understood and is refused; the message is what the client reads.</summary>
public class ProfileRejectedException(string reason, string message) : Exception(message)
{
    /// <summary>Value of the <c>reason</c> label of the discard metrics, one of <see cref="DiscardReason"/>.</summary>
    public string Reason { get; } = reason;
}

/// <summary>A profile is larger, unpacked, than the tenant may send; unpacking stopped at the limit.</summary>
public sealed class ProfileTooLargeException(long limit) : ProfileRejectedException(
    DiscardReason.ProfileSizeLimit, "uncompressed profile payload size exceeds limit of " + SiBytes(limit))
{
    /// <summary>The limit in bytes.</summary>
    public long Limit { get; } = limit;

    /// <summary>Bytes in powers of 1000 with two significant digits, as the messages print them: <c>105 kB</c>, <c>6.0 kB</c>, <c>4.2 MB</c>.</summary>
    public static string SiBytes(long bytes)
    {
        if (bytes < 10)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        }

        ReadOnlySpan<string> units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        double value = bytes;
        int unit = 0;
        for (; value >= 1000; unit++)
        {
            value /= 1000;
        }

        value = Math.Floor((value * 10) + 0.5) / 10;
        return value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " " + units[unit];
    }
}

/// <summary>Reasons for which a profile is discarded, as the metrics name them.</summary>
public static class DiscardReason
{
    /// <summary>Indexes, counts or texts that contradict each other.</summary>
    public const string MalformedProfile = "malformed_profile";

    /// <summary>Too old or too far in the future.</summary>
    public const string NotInIngestionWindow = "not_in_ingestion_window";

    /// <summary>Too many bytes unpacked.</summary>
    public const string ProfileSizeLimit = "profile_size_limit";

    /// <summary>Too many samples.</summary>
    public const string SamplesLimit = "samples_limit";

    /// <summary>Too many labels on one sample.</summary>
    public const string SampleLabelsLimit = "sample_labels_limit";

    /// <summary>No labels or no service name.</summary>
    public const string MissingLabels = "missing_labels";

    /// <summary>Too many labels on the series.</summary>
    public const string MaxLabelNamesPerSeries = "max_label_names_per_series";

    /// <summary>A name or value that may not be.</summary>
    public const string InvalidLabels = "invalid_labels";

    /// <summary>A name too long.</summary>
    public const string LabelNameTooLong = "label_name_too_long";

    /// <summary>A value too long.</summary>
    public const string LabelValueTooLong = "label_value_too_long";

    /// <summary>One name twice.</summary>
    public const string DuplicateLabelNames = "duplicate_label_names";

    /// <summary>The tenant's relabelling rules dropped all of it.</summary>
    public const string DroppedByRelabelRules = "dropped_by_relabel_rules";
}
