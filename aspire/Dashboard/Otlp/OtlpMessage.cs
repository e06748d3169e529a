using Aspire.Dashboard.Telemetry;
using static Aspire.Dashboard.Otlp.WireReader;

namespace Aspire.Dashboard.Otlp;

/// <summary>What Resource… and Scope… messages of the three signals have alike: field 1 is the resource or the scope.</summary>
internal static class OtlpMessage
{
    public static TelemetryAttribute[] Resource(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        TelemetryAttribute[] attributes = [];
        while (reader.Next())
        {
            if (reader.Tag == (1 << 3 | Length))
                attributes = OtlpValues.Resource(reader.ReadBytes());
            else
                reader.Skip();
        }
        return attributes;
    }

    public static string Scope(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var name = "";
        while (reader.Next())
        {
            if (reader.Tag == (1 << 3 | Length))
                name = OtlpValues.Scope(reader.ReadBytes());
            else
                reader.Skip();
        }
        return name;
    }
}
