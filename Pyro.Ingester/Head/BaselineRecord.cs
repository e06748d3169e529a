using System.Buffers;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>
/// The form in which the log tells a baseline: a record whose id is all zero, of one type, whose values are the highest seen of each stack.
/// Taken in it sets the baseline and is no row.
/// </summary>
internal static class BaselineRecord
{
    /// <summary>Whether a record is one.</summary>
    public static bool Is(ProfileRecord record) => record.Id == default;

    /// <summary>What a record tells of the series of one of its types: labels, type, and the mapping that picks the partition.</summary>
    public static byte[] TemplateOf(ProfileRecord record, int type)
    {
        var strings = new RecordStrings();
        var template = new ProfileRecord
        {
            LabelCount = record.LabelCount,
            LabelName = new int[record.LabelCount],
            LabelValue = new int[record.LabelCount],
            TypeCount = 1,
            TypeName = [strings.Add(record.String(record.TypeName[type]))],
            TypeUnit = [strings.Add(record.String(record.TypeUnit[type]))],
            PeriodType = strings.Add(record.String(record.PeriodType)),
            PeriodUnit = strings.Add(record.String(record.PeriodUnit)),
        };
        for (var i = 0; i < record.LabelCount; i++)
        {
            template.LabelName[i] = strings.Add(record.String(record.LabelName[i]));
            template.LabelValue[i] = strings.Add(record.String(record.LabelValue[i]));
        }

        if (record.MappingCount > 0)
        {
            template.MappingCount = 1;
            template.MappingStart = [record.MappingStart[0]];
            template.MappingLimit = [record.MappingLimit[0]];
            template.MappingOffset = [record.MappingOffset[0]];
            template.MappingFile = [strings.Add(record.String(record.MappingFile[0]))];
            template.MappingBuildId = [strings.Add(record.String(record.MappingBuildId[0]))];
            template.MappingFlags = [record.MappingFlags[0]];
        }

        strings.WriteTo(template);
        var bytes = new ArrayBufferWriter<byte>();
        RecordCodec.Encode(template, bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
