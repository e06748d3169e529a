using System.IO.Compression;
using System.Text;
using Pyro.Configuration;
using Pyro.Configuration.Yaml;

namespace Pyro.Tenancy;

/// <summary>Limits that cannot be used; the message holds every fault.</summary>
public sealed class LimitsException(IReadOnlyList<string> faults) : Exception(string.Join("; ", faults));

/// <summary>
/// The runtime configuration: one key <c>overrides</c>, below it tenants, below each the names of the section <c>limits</c>. A tenant has
/// the limits of the process with its own put over them.
/// </summary>
/// <param name="Limits">The limits of each tenant that has any of its own.</param>
/// <param name="Text">The whole as YAML, for <c>/runtime_config</c>.</param>
/// <param name="DiffText">As <paramref name="Text"/>, with what differs from the defaults only.</param>
/// <param name="Warnings">What the log should say, one line each.</param>
public sealed record OverridesFile(
    IReadOnlyDictionary<string, TenantLimits> Limits, string Text, string DiffText, IReadOnlyList<string> Warnings)
{
    private const int MaxBytes = 64 << 20;

    /// <summary>Reads the files; of two that give the same, the later wins, mappings being merged.</summary>
    /// <param name="files">Name and content of each; <c>.gz</c> is unpacked.</param>
    /// <param name="settings">The settings of the process.</param>
    /// <exception cref="LimitsException">A file is not YAML, has unknown keys, or a value is not of its kind.</exception>
    public static OverridesFile Read(IReadOnlyList<(string Name, byte[] Content)> files, Settings settings)
    {
        List<string> faults = [], warnings = [];
        YamlValue? tree = null;
        foreach ((string name, byte[] content) in files)
        {
            tree = Merge("", tree, Parse(name, content, faults), faults);
        }
        Dictionary<string, TenantLimits> limits = [];
        StringBuilder text = new("overrides:\n"), diff = new("overrides:\n");
        StructureReader root = new("runtime configuration", tree, faults);
        string origin = string.Join(',', files.Select(file => file.Name));
        foreach ((string tenant, YamlValue values) in root.Map("overrides").Entries)
        {
            if (values.IsNull)
            {
                warnings.Add($"skipping the overrides of tenant {tenant}: they are empty");
                continue;
            }
            Settings own = settings.With("limits", values, $"{origin} tenant {tenant}", faults);
            List<string> wrong = [];
            limits[tenant] = TenantLimits.Read(own, wrong);
            faults.AddRange(wrong.Select(fault => $"{origin} tenant {tenant}: {fault}"));
            Append(text, tenant, SettingsPrinter.Section(own, "limits", onlyDifferent: false));
            Append(diff, tenant, SettingsPrinter.Section(own, "limits", onlyDifferent: true));
        }
        root.End();
        return faults.Count > 0
            ? throw new LimitsException([.. faults.Distinct()])
            : new OverridesFile(limits, text.ToString(), diff.ToString(), warnings);
    }

    private static void Append(StringBuilder text, string tenant, string section)
    {
        text.Append("  ").Append(SettingsPrinter.Quoted(tenant)).Append(section == "{}\n" ? ": {}\n" : ":\n");
        foreach (string line in section.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line != "{}")
            {
                text.Append("    ").Append(line).Append('\n');
            }
        }
    }

    private static YamlValue? Parse(string name, byte[] content, List<string> faults)
    {
        try
        {
            return YamlReader.Read(Encoding.UTF8.GetString(name.EndsWith(".gz", StringComparison.Ordinal) ? Unzip(content) : content));
        }
        catch (Exception e) when (e is YamlFormatException or InvalidDataException)
        {
            faults.Add($"{name}: {e.Message}");
            return null;
        }
    }

    private static byte[] Unzip(byte[] content)
    {
        using GZipStream stream = new(new MemoryStream(content), CompressionMode.Decompress);
        using MemoryStream result = new();
        byte[] buffer = new byte[64 << 10];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            result.Write(buffer, 0, read);
            if (result.Length > MaxBytes)
            {
                throw new InvalidDataException($"more than {MaxBytes} bytes when unpacked");
            }
        }
        return result.ToArray();
    }

    private static YamlValue? Merge(string path, YamlValue? before, YamlValue? after, List<string> faults)
    {
        if (after is null || before is null)
        {
            return after ?? before;
        }
        if (before is not YamlMap && after is not YamlMap)
        {
            return after;
        }
        if ((before is not YamlMap && !before.IsNull) || (after is not YamlMap && !after.IsNull))
        {
            faults.Add($"conflicting types for {(path.Length == 0 ? "the whole file" : path)}");
            return after;
        }
        List<YamlEntry> entries = [.. (before as YamlMap)?.Entries ?? []];
        foreach (YamlEntry entry in (after as YamlMap)?.Entries ?? [])
        {
            int at = entries.FindIndex(other => other.Key == entry.Key);
            if (at < 0)
            {
                entries.Add(entry);
            }
            else
            {
                string below = path.Length == 0 ? entry.Key : $"{path}.{entry.Key}";
                entries[at] = entry with { Value = Merge(below, entries[at].Value, entry.Value, faults)! };
            }
        }
        return new YamlMap(entries, after.Line);
    }
}
