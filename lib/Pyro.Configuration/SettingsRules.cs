using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pyro.Configuration;

/// <summary>What must hold between settings and inside them beyond their kinds.</summary>
internal static class SettingsRules
{
    /// <summary>Notes every rule that is broken.</summary>
    public static void Check(Settings settings, List<string> faults)
    {
        CheckTarget(settings, faults);
        CheckCompactor(settings, faults);
        CheckPrefix(settings, faults);
        CheckS3(settings, faults);
        CheckJson("limits.s3_sse_kms_encryption_context", settings, faults);
        CheckJson("storage.s3.sse.kms_encryption_context", settings, faults);
        CheckExpression("server.log_source_ips_regex", settings, faults);
        CheckPeriods(settings, faults);
        if (settings.Number("pyroscopedb.min_disk_available_percentage") is < 0 or > 1)
        {
            faults.Add("pyroscopedb.min_disk_available_percentage is a share between 0 and 1");
        }
    }

    /// <summary>Periods of work that never ends: with 0 it would never begin, or never rest.</summary>
    private static void CheckPeriods(Settings settings, List<string> faults)
    {
        foreach (string path in (string[])["runtime_config.period", "ingester.lifecycler.heartbeat_period"])
        {
            if (settings.Duration(path) < TimeSpan.FromMilliseconds(100))
            {
                faults.Add($"{path}: {Values.GoDuration.Format(settings.Duration(path))} is too short, the least is 100ms");
            }
        }
    }

    private static void CheckTarget(Settings settings, List<string> faults)
    {
        IReadOnlyList<string> targets = settings.List("target");
        if (targets.Count == 0)
        {
            faults.Add("no modules specified");
        }
        foreach (string target in targets)
        {
            if (!Modules.IsKnown(target))
            {
                faults.Add($"unrecognised module name: {target}{Nearest.Hint(Nearest.To(target, Modules.Names))}");
            }
        }
    }

    private static void CheckCompactor(Settings settings, List<string> faults)
    {
        TimeSpan previous = settings.Duration("pyroscopedb.max_block_duration");
        string name = "pyroscopedb.max_block_duration";
        foreach (TimeSpan range in settings.Durations("compactor.block_ranges"))
        {
            if (previous <= TimeSpan.Zero || range <= TimeSpan.Zero || range.Ticks % previous.Ticks != 0)
            {
                faults.Add($"compactor.block_ranges: {Values.GoDuration.Format(range)} is not a multiple of {name} {Values.GoDuration.Format(previous)}");
            }
            (previous, name) = (range, "the range before it,");
        }
    }

    private static void CheckPrefix(Settings settings, List<string> faults)
    {
        foreach (string path in (string[])["storage.prefix", "storage.storage_prefix"])
        {
            string prefix = settings.Text(path);
            if (prefix.Length == 0)
            {
                continue;
            }
            if (prefix.StartsWith('/'))
            {
                faults.Add($"{path} must not start with a slash");
                continue;
            }
            foreach (string segment in prefix.TrimEnd('/').Split('/'))
            {
                if (segment is "" or "." or ".." || char.IsAsciiDigit(segment[0])
                    || !segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
                {
                    faults.Add($"{path}: the part \"{segment}\" may hold letters, digits, _ - and . and must not begin with a digit");
                }
            }
        }
        if (settings.Text("storage.prefix").Length > 0 && settings.Text("storage.storage_prefix").Length > 0)
        {
            faults.Add("storage.prefix and its old name storage.storage_prefix are both given");
        }
    }

    private static void CheckS3(Settings settings, List<string> faults)
    {
        if (settings.Flag("storage.s3.force_path_style") && settings.Text("storage.s3.bucket_lookup_type") == "virtual-hosted-style")
        {
            faults.Add("storage.s3.force_path_style contradicts storage.s3.bucket_lookup_type virtual-hosted-style");
        }
    }

    private static void CheckJson(string path, Settings settings, List<string> faults)
    {
        string text = settings.Text(path);
        if (text.Length == 0)
        {
            return;
        }
        try
        {
            JsonSerializer.Deserialize<Dictionary<string, string>>(text);
        }
        catch (JsonException)
        {
            faults.Add($"{path} is not a JSON object of texts");
        }
    }

    private static void CheckExpression(string path, Settings settings, List<string> faults)
    {
        try
        {
            _ = new Regex(settings.Text(path), RegexOptions.None, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException e)
        {
            faults.Add($"{path}: {e.Message}");
        }
    }
}
