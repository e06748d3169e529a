namespace Pyro.Profiles.Pprof;

/// <content>Appending to the columns: what decoders of pprof and of other formats share. Call <see cref="ResolveIds"/> at the end.</content>
public sealed partial class PprofProfile
{
    /// <summary>Appends a sample type of two strings.</summary>
    public void AddType(int name, int unit)
    {
        int i = TypeCount;
        Reserve(ref TypeName, i + 1);
        Reserve(ref TypeUnit, i + 1);
        TypeName[i] = name;
        TypeUnit[i] = unit;
        TypeCount = i + 1;
    }

    /// <summary>Appends a mapping.</summary>
    public void AddMapping(ulong id, ulong start, ulong limit, ulong offset, int file, int buildId, byte flags)
    {
        int i = MappingCount;
        if (i >= MappingId.Length)
        {
            Reserve(ref MappingId, i + 1);
            Reserve(ref MappingStart, i + 1);
            Reserve(ref MappingLimit, i + 1);
            Reserve(ref MappingOffset, i + 1);
            Reserve(ref MappingFile, i + 1);
            Reserve(ref MappingBuildId, i + 1);
            Reserve(ref MappingFlags, i + 1);
        }

        MappingId[i] = id;
        MappingStart[i] = start;
        MappingLimit[i] = limit;
        MappingOffset[i] = offset;
        MappingFile[i] = file;
        MappingBuildId[i] = buildId;
        MappingFlags[i] = flags;
        MappingCount = i + 1;
    }

    /// <summary>Appends a function.</summary>
    public void AddFunction(ulong id, int name, int systemName, int file, long startLine)
    {
        int i = FunctionCount;
        if (i >= FunctionId.Length)
        {
            Reserve(ref FunctionId, i + 1);
            Reserve(ref FunctionName, i + 1);
            Reserve(ref FunctionSystemName, i + 1);
            Reserve(ref FunctionFile, i + 1);
            Reserve(ref FunctionStartLine, i + 1);
        }

        FunctionId[i] = id;
        FunctionName[i] = name;
        FunctionSystemName[i] = systemName;
        FunctionFile[i] = file;
        FunctionStartLine[i] = startLine;
        FunctionCount = i + 1;
    }

    /// <summary>Appends a line to the location that <see cref="AddLocation"/> closes next.</summary>
    public void AddLine(ulong functionId, long number)
    {
        int i = LineCount;
        if (i >= LineFunctionId.Length)
        {
            Reserve(ref LineFunctionId, i + 1);
            Reserve(ref LineNumber, i + 1);
        }

        LineFunctionId[i] = functionId;
        LineNumber[i] = number;
        LineCount = i + 1;
    }

    /// <summary>Appends a location with the lines added since the one before.</summary>
    public void AddLocation(ulong id, ulong mappingId, ulong address, bool folded)
    {
        int i = LocationCount;
        if (i >= LocationId.Length)
        {
            Reserve(ref LocationId, i + 1);
            Reserve(ref LocationMappingId, i + 1);
            Reserve(ref LocationAddress, i + 1);
            Reserve(ref LocationFolded, i + 1);
        }

        LocationId[i] = id;
        LocationMappingId[i] = mappingId;
        LocationAddress[i] = address;
        LocationFolded[i] = folded;
        LocationCount = i + 1;
        Reserve(ref LocationLineStart, i + 2);
        LocationLineStart[0] = 0;
        LocationLineStart[i + 1] = LineCount;
    }

    /// <summary>Appends a sample without labels: location ids, leaf first, and one value a sample type.</summary>
    public void AddSample(ReadOnlySpan<ulong> stack, ReadOnlySpan<long> values)
    {
        int i = SampleCount;
        Reserve(ref SampleStackStart, i + 2);
        Reserve(ref SampleValueStart, i + 2);
        Reserve(ref SampleLabelStart, i + 2);
        if (i == 0)
        {
            SampleStackStart[0] = SampleValueStart[0] = SampleLabelStart[0] = 0;
        }

        int frame = SampleStackStart[i], value = SampleValueStart[i];
        Reserve(ref StackLocationId, frame + stack.Length);
        Reserve(ref Value, value + values.Length);
        stack.CopyTo(StackLocationId.AsSpan(frame));
        values.CopyTo(Value.AsSpan(value));
        SampleStackStart[i + 1] = frame + stack.Length;
        SampleValueStart[i + 1] = value + values.Length;
        SampleLabelStart[i + 1] = SampleLabelStart[i];
        SampleCount = i + 1;
    }

    /// <summary>Appends a label of two strings to the sample added last.</summary>
    public void AddSampleLabel(int key, int value)
    {
        int i = SampleLabelStart[SampleCount];
        Reserve(ref LabelKey, i + 1);
        Reserve(ref LabelValue, i + 1);
        LabelKey[i] = key;
        LabelValue[i] = value;
        SampleLabelStart[SampleCount] = i + 1;
    }
}
