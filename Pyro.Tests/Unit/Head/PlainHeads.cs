using System.IO.Hashing;
using System.Text;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Head;

/// <summary>One row of the plain model.</summary>
internal sealed record PlainRow(
    (string Name, string Value)[] Labels, ulong Fingerprint, long TimeNanos, ProfileId Id, bool Cumulative, List<PlainSample> Samples)
{
    public long Millis => TimeNanos / 1_000_000;

    public long Total => Samples.Sum(s => s.Value);

    public string? Get(string name) => Labels.FirstOrDefault(l => l.Name == name).Value;
}

/// <summary>Path of function names, root first, joined by <c>;</c>.</summary>
internal sealed record PlainSample(string Path, long Value, ulong Span);

/// <summary>A dictionary-of-everything model of what a tenant's heads must hold.</summary>
internal sealed class PlainHeads
{
    private readonly HashSet<(ulong, long, ProfileId)> _known = [];
    private readonly Dictionary<ulong, Dictionary<string, long>> _highest = [];

    public List<PlainRow> Rows { get; } = [];

    public void Append(ProfileRecord record)
    {
        var pushed = Enumerable.Range(0, record.LabelCount).ToDictionary(i => Text(record, record.LabelName[i]), i => Text(record, record.LabelValue[i]));
        for (var type = 0; record.SampleCount > 0 && type < record.TypeCount; type++)
        {
            var labels = LabelsOf(record, pushed, type);
            var fingerprint = XxHash64.HashToUInt64(
                labels.SelectMany(l => (byte[])[.. Encoding.UTF8.GetBytes(l.Name), 0xFF, .. Encoding.UTF8.GetBytes(l.Value), 0xFF]).ToArray());
            var cumulative = pushed.GetValueOrDefault("__delta__") != "false" && pushed.GetValueOrDefault("__name__") == "memory"
                && Text(record, record.TypeName[type]) is ("alloc_objects" or "alloc_space");
            var samples = Samples(record, type);
            if (!cumulative)
            {
                samples = samples.Where(s => s.Value != 0).ToList();
                if (samples.Count == 0)
                {
                    continue;
                }
            }

            if (!_known.Add((fingerprint, record.TimeNanos, record.Id)))
            {
                continue;
            }

            if (cumulative)
            {
                samples = Increase(fingerprint, samples);
            }

            if (samples.Count > 0)
            {
                Rows.Add(new PlainRow(labels, fingerprint, record.TimeNanos, record.Id, cumulative, samples));
            }
        }
    }

    private static (string Name, string Value)[] LabelsOf(ProfileRecord record, Dictionary<string, string> pushed, int type)
    {
        var (typeName, unit) = (Text(record, record.TypeName[type]), Text(record, record.TypeUnit[type]));
        var (periodType, periodUnit) = (Text(record, record.PeriodType), Text(record, record.PeriodUnit));
        var all = pushed.Where(l => l.Key is not ("__delta__" or "__otel__" or "__order__")).ToDictionary();
        all["__service_name__"] = pushed.GetValueOrDefault("service_name", "");
        all["__period_type__"] = periodType;
        all["__period_unit__"] = periodUnit;
        all["__type__"] = typeName;
        all["__unit__"] = unit;
        all["__profile_type__"] = $"{pushed.GetValueOrDefault("__name__")}:{typeName}:{unit}:{periodType}:{periodUnit}";
        var sorted = all.Where(l => l.Value.Length > 0).OrderBy(l => l.Key, StringComparer.Ordinal);
        if (pushed.GetValueOrDefault("__order__") == "enforced")
        {
            sorted = sorted.OrderBy(l => l.Key switch { "__profile_type__" => 0, "__service_name__" => 1, _ => 2 });
        }

        return [.. sorted.Select(l => (l.Key, l.Value))];
    }

    private static List<PlainSample> Samples(ProfileRecord record, int type)
    {
        var samples = new List<PlainSample>();
        for (var s = 0; s < record.SampleCount; s++)
        {
            var frames = new List<string>();
            for (var l = record.SampleStackStart[s + 1] - 1; l >= record.SampleStackStart[s]; l--)
            {
                var location = record.StackLocation[l];
                var (from, to) = (record.LocationLineStart[location], record.LocationLineStart[location + 1]);
                if (from == to)
                {
                    frames.Add($"{Path.GetFileName(Text(record, record.MappingFile[0]))} 0x{record.LocationAddress[location]:x}".Trim());
                }

                for (var line = to - 1; line >= from; line--)
                {
                    frames.Add(Text(record, record.FunctionName[record.LineFunction[line]]));
                }
            }

            samples.Add(new PlainSample(string.Join(';', frames), record.Values[(type * record.SampleCount) + s], record.HasSpans ? record.Span[s] : 0));
        }

        return samples;
    }

    private static string Text(ProfileRecord record, int s) => Encoding.UTF8.GetString(record.String(s));

    private List<PlainSample> Increase(ulong fingerprint, List<PlainSample> samples)
    {
        var values = samples.GroupBy(s => s.Path).ToDictionary(g => g.Key, g => g.Sum(s => s.Value));
        if (!_highest.TryGetValue(fingerprint, out var highest) || values.Any(v => v.Value < highest.GetValueOrDefault(v.Key)))
        {
            _highest[fingerprint] = values;
            return [];
        }

        var increase = values.Select(v => new PlainSample(v.Key, v.Value - highest.GetValueOrDefault(v.Key), 0)).Where(s => s.Value != 0).ToList();
        foreach (var (path, value) in values)
        {
            highest[path] = value;
        }

        return increase;
    }
}
