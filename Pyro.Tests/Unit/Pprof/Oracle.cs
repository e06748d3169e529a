using System.Text;
using Pyro.Api.Pprof;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Pprof;

/// <summary>The slow, plain way: generated messages, dictionaries, text. A profile becomes lines of text that can be compared.</summary>
internal static class Oracle
{
    /// <summary>What normalisation should leave, one line a sample, sorted.</summary>
    public static string[] Normalised(Profile p)
    {
        var mappings = p.Mapping.GroupBy(m => m.Id).ToDictionary(g => g.Key, g => g.Last());
        var functions = p.Function.GroupBy(f => f.Id).ToDictionary(g => g.Key, g => g.Last());
        var locations = p.Location.GroupBy(l => l.Id).ToDictionary(g => g.Key, g => g.Last());
        int In(long i) => i >= 0 && i < p.StringTable.Count ? (int)i : 0;
        string Text(long i) => p.StringTable.Count == 0 ? "" : p.StringTable[In(i)];

        string? Show(ulong id)
        {
            if (!locations.TryGetValue(id, out Location? l) || (l.Line.Count == 0 && l.Address == 0)
                || (l.MappingId != 0 && !mappings.ContainsKey(l.MappingId)) || l.Line.Any(x => !functions.ContainsKey(x.FunctionId)))
            {
                return null;
            }

            Mapping m = l.MappingId == 0 ? new Mapping() : mappings[l.MappingId];
            ulong keep = m.HasFunctions ? 0UL : 1UL;
            int flags = (m.HasFunctions ? 1 : 0) | (m.HasFilenames ? 2 : 0) | (m.HasLineNumbers ? 4 : 0) | (m.HasInlineFrames ? 8 : 0);
            var text = new StringBuilder($"{l.Address * keep:x}@{m.MemoryStart * keep},{m.MemoryLimit * keep},{m.FileOffset * keep},{Text(m.Filename)},{Text(m.BuildId)},{flags}");
            foreach (Line x in l.Line)
            {
                Function f = functions[x.FunctionId];
                text.Append($"[{Text(f.Name)},{Text(f.SystemName)},{Text(f.Filename)},{f.StartLine}:{x.Line_}]");
            }

            return text.ToString();
        }

        // Samples are joined by location ids, before locations are looked at.
        var sums = new Dictionary<string, (Sample Sample, long[] Values)>();
        foreach (Sample s in p.Sample.Where(s => s.Value.All(v => v >= 0) && s.Value.Any(v => v > 0) && s.Value.Count == p.SampleType.Count))
        {
            string labels = string.Join(',', s.Label.Where(l => In(l.Str) != 0).OrderBy(l => In(l.Key)).ThenBy(l => l.Str).Select(l => $"{Text(l.Key)}={Text(l.Str)}"));
            string key = string.Join(' ', s.LocationId) + "|" + labels;
            sums[key] = sums.TryGetValue(key, out var old) ? (old.Sample, [.. old.Values.Zip(s.Value, (a, b) => a + b)]) : (s, [.. s.Value]);
        }

        return [.. sums.Select(x => (Stack: x.Value.Sample.LocationId.Select(Show).ToArray(), x.Key, x.Value.Values)).Where(x => !x.Stack.Contains(null))
            .Select(x => string.Join(';', x.Stack) + " {" + x.Key[(x.Key.IndexOf('|', StringComparison.Ordinal) + 1)..] + "} " + string.Join(',', x.Values)).Order(StringComparer.Ordinal)];
    }

    public static string[] Lines(PprofProfile p)
    {
        var lines = new List<string>();
        for (int s = 0; s < p.SampleCount; s++)
        {
            var stack = new List<string>();
            foreach (int l in p.Stack(s))
            {
                int m = p.LocationMapping[l];
                var text = new StringBuilder($"{p.LocationAddress[l]:x}@{p.MappingStart[m]},{p.MappingLimit[m]},{p.MappingOffset[m]},{p.StringText(p.MappingFile[m])},{p.StringText(p.MappingBuildId[m])},{p.MappingFlags[m]}");
                for (int x = p.LocationLineStart[l]; x < p.LocationLineStart[l + 1]; x++)
                {
                    int f = p.LineFunction[x];
                    text.Append($"[{p.StringText(p.FunctionName[f])},{p.StringText(p.FunctionSystemName[f])},{p.StringText(p.FunctionFile[f])},{p.FunctionStartLine[f]}:{p.LineNumber[x]}]");
                }

                stack.Add(text.ToString());
            }

            var labels = Enumerable.Range(p.SampleLabelStart[s], p.SampleLabelStart[s + 1] - p.SampleLabelStart[s]).Select(i => $"{p.StringText(p.LabelKey[i])}={p.StringText(p.LabelValue[i])}");
            lines.Add(string.Join(';', stack) + " {" + string.Join(',', labels) + "} " + string.Join(',', p.Values(s).ToArray()));
        }

        return [.. lines.Order(StringComparer.Ordinal)];
    }

    /// <summary>As <see cref="Lines(PprofProfile)"/>, of a record; its samples carry no labels but perhaps a span.</summary>
    public static string[] Lines(ProfileRecord r)
    {
        var lines = new List<string>();
        for (int s = 0; s < r.SampleCount; s++)
        {
            var stack = new List<string>();
            foreach (int l in r.StackLocation[r.SampleStackStart[s]..r.SampleStackStart[s + 1]])
            {
                int m = r.LocationMapping[l];
                var text = new StringBuilder($"{r.LocationAddress[l]:x}@{r.MappingStart[m]},{r.MappingLimit[m]},{r.MappingOffset[m]},{Text(r, r.MappingFile[m])},{Text(r, r.MappingBuildId[m])},{r.MappingFlags[m]}");
                for (int x = r.LocationLineStart[l]; x < r.LocationLineStart[l + 1]; x++)
                {
                    int f = r.LineFunction[x];
                    text.Append($"[{Text(r, r.FunctionName[f])},{Text(r, r.FunctionSystemName[f])},{Text(r, r.FunctionFile[f])},{r.FunctionStartLine[f]}:{r.LineNumber[x]}]");
                }

                stack.Add(text.ToString());
            }

            string span = r.HasSpans && r.Span[s] != 0 ? "span_id=" + Convert.ToHexStringLower(BitConverter.GetBytes(r.Span[s])) : "";
            lines.Add(string.Join(';', stack) + " {" + span + "} " + string.Join(',', Enumerable.Range(0, r.TypeCount).Select(t => r.Values[(t * r.SampleCount) + s])));
        }

        return [.. lines.Order(StringComparer.Ordinal)];
    }

    public static string Text(ProfileRecord r, int i) => Encoding.UTF8.GetString(r.String(i));
}
