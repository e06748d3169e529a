using System.Text;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;

namespace Pyro.Profiles.Records;

/// <summary>
/// Fills records from samples of a normalised profile: tables hold only what the samples refer to, in the order in which they do.
/// Keeps its scratch space; not thread-safe.
/// </summary>
public sealed class RecordBuilder
{
    private PprofProfile _profile = null!;
    private ProfileRecord _record = null!;
    private int[] _string = [], _mapping = [], _function = [], _location = [], _type = [];
    private readonly HashSet<ulong> _seen = [];
    private int _text, _lines;

    /// <summary>Fills a record with every sample of a profile. The id is left to the caller.</summary>
    public void Build(PprofProfile profile, LabelSet labels, ProfileRecord into)
    {
        Begin(profile, labels, into, profile.SampleCount, profile.SampleStackStart[profile.SampleCount]);
        for (int s = 0; s < profile.SampleCount; s++)
        {
            Sample(s, s);
        }

        End();
    }

    /// <summary>Fills a record with some samples of a profile, each with a span (0: none). The id is left to the caller.</summary>
    internal void Build(PprofProfile profile, LabelSet labels, ReadOnlySpan<int> samples, ReadOnlySpan<ulong> spans, ProfileRecord into)
    {
        int frames = 0;
        foreach (int s in samples)
        {
            frames += profile.SampleStackStart[s + 1] - profile.SampleStackStart[s];
        }

        Begin(profile, labels, into, samples.Length, frames);
        for (int i = 0; i < samples.Length; i++)
        {
            Sample(samples[i], i);
        }

        into.HasSpans = spans.ContainsAnyExcept(0UL);
        if (into.HasSpans)
        {
            ProfileRecord.Reserve(ref into.Span, samples.Length);
            spans.CopyTo(into.Span);
        }

        End();
    }

    private void Begin(PprofProfile profile, LabelSet labels, ProfileRecord into, int samples, int frames)
    {
        _profile = profile;
        _record = into;
        _lines = 0;
        Map(ref _string, profile.StringCount);
        Map(ref _mapping, profile.MappingCount);
        Map(ref _function, profile.FunctionCount);
        Map(ref _location, profile.LocationCount);
        into.Id = default;
        into.TimeNanos = profile.TimeNanos;
        into.DurationNanos = profile.DurationNanos;
        into.Period = profile.Period;
        into.HasSpans = false;
        into.MappingCount = into.FunctionCount = into.LocationCount = into.SampleCount = 0;
        Tables(profile, into, samples, frames);
        into.StringCount = 1;
        into.StringStart[0] = into.StringStart[1] = _text = 0;
        Labels(labels);
        Types();
        into.PeriodType = Text(profile.PeriodType);
        into.PeriodUnit = Text(profile.PeriodUnit);
        into.DefaultSampleType = Text(profile.DefaultSampleType);
        into.CommentCount = profile.CommentCount;
        for (int i = 0; i < profile.CommentCount; i++)
        {
            into.Comment[i] = Text(profile.Comment[i]);
        }

        if (profile.MappingCount > 0)
        {
            // The first mapping is by convention the program itself; it stays the first.
            Mapping(0);
        }
    }

    /// <summary>Room for the worst case, so that nothing has to be checked sample by sample.</summary>
    private static void Tables(PprofProfile profile, ProfileRecord into, int samples, int frames)
    {
        ProfileRecord.Reserve(ref into.StringStart, profile.StringCount + 2);
        ProfileRecord.Reserve(ref into.OwnText, profile.TextLength);
        ProfileRecord.Reserve(ref into.Comment, profile.CommentCount);
        ProfileRecord.Reserve(ref into.MappingStart, profile.MappingCount);
        ProfileRecord.Reserve(ref into.MappingLimit, profile.MappingCount);
        ProfileRecord.Reserve(ref into.MappingOffset, profile.MappingCount);
        ProfileRecord.Reserve(ref into.MappingFile, profile.MappingCount);
        ProfileRecord.Reserve(ref into.MappingBuildId, profile.MappingCount);
        ProfileRecord.Reserve(ref into.MappingFlags, profile.MappingCount);
        ProfileRecord.Reserve(ref into.FunctionName, profile.FunctionCount);
        ProfileRecord.Reserve(ref into.FunctionSystemName, profile.FunctionCount);
        ProfileRecord.Reserve(ref into.FunctionFile, profile.FunctionCount);
        ProfileRecord.Reserve(ref into.FunctionStartLine, profile.FunctionCount);
        ProfileRecord.Reserve(ref into.LocationMapping, profile.LocationCount);
        ProfileRecord.Reserve(ref into.LocationAddress, profile.LocationCount);
        ProfileRecord.Reserve(ref into.LocationFolded, profile.LocationCount);
        ProfileRecord.Reserve(ref into.LocationLineStart, profile.LocationCount + 1);
        ProfileRecord.Reserve(ref into.LineFunction, profile.LineCount);
        ProfileRecord.Reserve(ref into.LineNumber, profile.LineCount);
        ProfileRecord.Reserve(ref into.SampleStackStart, samples + 1);
        ProfileRecord.Reserve(ref into.StackLocation, frames);
        into.LocationLineStart[0] = into.SampleStackStart[0] = 0;
        into.SampleCount = samples;
    }

    private void End()
    {
        _record.StringBytes = _record.OwnText.AsMemory(0, _text);
        _profile = null!;
        _record = null!;
    }

    private static void Map(ref int[] map, int count)
    {
        PprofProfile.Reserve(ref map, count);
        map.AsSpan(0, count).Fill(-1);
    }

    private void Labels(LabelSet labels)
    {
        ReadOnlySpan<Label> list = labels.Labels;
        ProfileRecord.Reserve(ref _record.LabelName, list.Length);
        ProfileRecord.Reserve(ref _record.LabelValue, list.Length);
        _record.LabelCount = list.Length;
        for (int i = 0; i < list.Length; i++)
        {
            _record.LabelName[i] = Text(list[i].Name);
            _record.LabelValue[i] = Text(list[i].Value);
        }
    }

    /// <summary>A type that comes twice counts once: its first column of values.</summary>
    private void Types()
    {
        PprofProfile.Reserve(ref _type, _profile.TypeCount);
        ProfileRecord.Reserve(ref _record.TypeName, _profile.TypeCount);
        ProfileRecord.Reserve(ref _record.TypeUnit, _profile.TypeCount);
        int count = 0;
        _seen.Clear();
        for (int t = 0; t < _profile.TypeCount; t++)
        {
            if (_seen.Add(SeededHash.Join(SeededHash.Of(_profile.String(_profile.TypeName[t])), SeededHash.Of(_profile.String(_profile.TypeUnit[t])))))
            {
                _record.TypeName[count] = Text(_profile.TypeName[t]);
                _record.TypeUnit[count] = Text(_profile.TypeUnit[t]);
                _type[count++] = t;
            }
        }

        _record.TypeCount = count;
        ProfileRecord.Reserve(ref _record.Values, count * _record.SampleCount);
    }

    private void Sample(int from, int to)
    {
        ReadOnlySpan<int> stack = _profile.Stack(from);
        int frame = _record.SampleStackStart[to];
        _record.SampleStackStart[to + 1] = frame + stack.Length;
        Span<int> target = _record.StackLocation.AsSpan(frame, stack.Length);
        for (int i = 0; i < stack.Length; i++)
        {
            int location = _location[stack[i]];
            target[i] = location >= 0 ? location : Location(stack[i]);
        }

        ReadOnlySpan<long> values = _profile.Values(from);
        for (int t = 0; t < _record.TypeCount; t++)
        {
            _record.Values[(t * _record.SampleCount) + to] = values[_type[t]];
        }
    }

    private int Location(int from)
    {
        int to = _record.LocationCount++;
        _location[from] = to;
        int mapping = _profile.LocationMapping[from];
        _record.LocationMapping[to] = _mapping[mapping] >= 0 ? _mapping[mapping] : Mapping(mapping);
        _record.LocationAddress[to] = _profile.LocationAddress[from];
        _record.LocationFolded[to] = _profile.LocationFolded[from];
        for (int line = _profile.LocationLineStart[from]; line < _profile.LocationLineStart[from + 1]; line++)
        {
            int function = _profile.LineFunction[line];
            _record.LineFunction[_lines] = _function[function] >= 0 ? _function[function] : Function(function);
            _record.LineNumber[_lines++] = _profile.LineNumber[line];
        }

        _record.LocationLineStart[to + 1] = _lines;
        return to;
    }

    private int Mapping(int from)
    {
        int to = _record.MappingCount++;
        _mapping[from] = to;
        _record.MappingStart[to] = _profile.MappingStart[from];
        _record.MappingLimit[to] = _profile.MappingLimit[from];
        _record.MappingOffset[to] = _profile.MappingOffset[from];
        _record.MappingFile[to] = Text(_profile.MappingFile[from]);
        _record.MappingBuildId[to] = Text(_profile.MappingBuildId[from]);
        _record.MappingFlags[to] = _profile.MappingFlags[from];
        return to;
    }

    private int Function(int from)
    {
        int to = _record.FunctionCount++;
        _function[from] = to;
        _record.FunctionName[to] = Text(_profile.FunctionName[from]);
        _record.FunctionSystemName[to] = Text(_profile.FunctionSystemName[from]);
        _record.FunctionFile[to] = Text(_profile.FunctionFile[from]);
        _record.FunctionStartLine[to] = _profile.FunctionStartLine[from];
        return to;
    }

    private int Text(int from)
    {
        if (_string[from] < 0)
        {
            _string[from] = Append(_profile.String(from));
        }

        return _string[from];
    }

    private int Text(string text)
    {
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> bytes = most <= 1024 ? stackalloc byte[1024] : new byte[most];
        return Append(bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }

    private int Append(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        int i = _record.StringCount++;
        PprofProfile.Reserve(ref _record.StringStart, i + 2);
        PprofProfile.Reserve(ref _record.OwnText, _text + text.Length);
        text.CopyTo(_record.OwnText.AsSpan(_text));
        _text += text.Length;
        _record.StringStart[i + 1] = _text;
        return i;
    }
}
