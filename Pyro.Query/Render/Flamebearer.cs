using System.Text.Json;
using Pyro.Api.Querier;
using Pyro.Profiles.Labels;

namespace Pyro.Query.Render;

/// <summary>Writes the JSON that Pyroscope calls a flamebearer: a flame graph, what it shows, and timelines.</summary>
public static class Flamebearer
{
    /// <summary>One flame graph.</summary>
    public static void WriteSingle(
        Utf8JsonWriter json, FlameGraph graph, ProfileType type, Timeline timeline, IReadOnlyDictionary<string, Timeline>? groups)
    {
        json.WriteStartObject();
        json.WriteNumber("version", 1);
        WriteGraph(json, graph.Names, graph.Levels, graph.Total, graph.MaxSelf);
        WriteMetadata(json, "single", type);
        json.WritePropertyName("timeline");
        WriteTimeline(json, timeline);
        json.WritePropertyName("groups");
        WriteGroups(json, groups);
        json.WriteNull("heatmap");
        json.WriteEndObject();
    }

    /// <summary>Two flame graphs beside each other.</summary>
    public static void WriteDouble(Utf8JsonWriter json, FlameGraphDiff graph, ProfileType type)
    {
        json.WriteStartObject();
        json.WriteNumber("version", 1);
        WriteGraph(json, graph.Names, graph.Levels, graph.Total, graph.MaxSelf);
        WriteMetadata(json, "double", type);
        json.WriteNull("timeline");
        json.WriteNull("groups");
        json.WriteNull("heatmap");
        if (graph.LeftTicks != 0) json.WriteNumber("leftTicks", graph.LeftTicks);
        if (graph.RightTicks != 0) json.WriteNumber("rightTicks", graph.RightTicks);
        json.WriteEndObject();
    }

    private static void WriteGraph(Utf8JsonWriter json, IEnumerable<string> names, IEnumerable<Level> levels, long total, long maxSelf)
    {
        json.WriteStartObject("flamebearer");
        json.WriteStartArray("names");
        foreach (var name in names) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteStartArray("levels");
        foreach (var level in levels)
        {
            json.WriteStartArray();
            foreach (var value in level.Values) json.WriteNumberValue(value);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteNumber("numTicks", total);
        json.WriteNumber("maxSelf", maxSelf);
        json.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter json, string format, ProfileType type)
    {
        json.WriteStartObject("metadata");
        json.WriteString("format", format);
        json.WriteString("spyName", "");
        json.WriteNumber("sampleRate", type.SampleType == "cpu" ? 1_000_000_000 : 100);
        json.WriteString("units", type.SampleType switch
        {
            "inuse_objects" or "alloc_objects" or "goroutine" or "samples" => "objects",
            "cpu" => "samples",
            _ => type.SampleUnit,
        });
        json.WriteString("name", type.SampleType);
        json.WriteEndObject();
    }

    private static void WriteGroups(Utf8JsonWriter json, IReadOnlyDictionary<string, Timeline>? groups)
    {
        if (groups is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        foreach (var (name, timeline) in groups)
        {
            json.WritePropertyName(name);
            WriteTimeline(json, timeline);
        }

        json.WriteEndObject();
    }

    private static void WriteTimeline(Utf8JsonWriter json, Timeline timeline)
    {
        json.WriteStartObject();
        json.WriteNumber("startTime", timeline.Start);
        json.WriteStartArray("samples");
        foreach (var sample in timeline.Samples) json.WriteNumberValue(sample);
        json.WriteEndArray();
        json.WriteNumber("durationDelta", timeline.Step);
        json.WriteNull("watermarks");
        json.WriteEndObject();
    }
}
