using System.Globalization;
using Microsoft.Extensions.Primitives;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Times;

namespace Pyro.Distributor.Ingest;

/// <summary>What the body of an ingest request is.</summary>
internal enum IngestFormat
{
    /// <summary>Stacks as text with counts.</summary>
    Groups,

    /// <summary>Stacks as text, one a line.</summary>
    Lines,

    /// <summary>A pprof message.</summary>
    Pprof,

    /// <summary>A form with a pprof message.</summary>
    PprofForm,

    /// <summary>A Java Flight Recorder file.</summary>
    Jfr,

    /// <summary>Pyroscope's transport trie.</summary>
    Trie,

    /// <summary>Pyroscope's serialised tree.</summary>
    Tree,

    /// <summary>Speedscope's JSON.</summary>
    Speedscope,
}

/// <summary>The parameters of an ingest request.</summary>
/// <param name="Name">The application with its tags.</param>
/// <param name="From">Begin, ns since the epoch.</param>
/// <param name="Until">End, ns since the epoch.</param>
/// <param name="SampleRate">Samples per second of a clock.</param>
/// <param name="SpyName">What collected it.</param>
/// <param name="Format">What the body is.</param>
internal sealed record IngestRequest(ServiceName Name, long From, long Until, long SampleRate, string SpyName, IngestFormat Format)
{
    private const long DefaultSampleRate = 100;

    /// <summary>Reads the parameters; only the name can be wrong.</summary>
    /// <exception cref="ServiceNameException">No name, or one that cannot be read.</exception>
    public static IngestRequest Parse(IQueryCollection query, string? contentType, DateTimeOffset now) => new(
        ServiceName.Parse(First(query["name"])),
        LooseTime.Nanos(First(query["from"]), now),
        LooseTime.Nanos(First(query["until"]), now),
        uint.TryParse(First(query["sampleRate"]), NumberStyles.None, CultureInfo.InvariantCulture, out var rate) ? rate : DefaultSampleRate,
        First(query["spyName"]) is { Length: > 0 } spy ? spy : "unknown",
        FormatOf(First(query["format"]), contentType ?? ""));

    /// <summary>The labels of the series: the tags but private ones, then what the request settles.</summary>
    /// <param name="service">Value of <c>service_name</c> unless a tag has it.</param>
    /// <param name="metric">The profile family.</param>
    /// <param name="keepAppName">Whether the service then becomes <c>app_name</c>.</param>
    public List<Label> Labels(string service, string metric, bool keepAppName)
    {
        var labels = new List<Label>(Name.Tags.Count + 4) { new(LabelNames.Name, metric), new(LabelNames.Delta, "false"), new("pyroscope_spy", SpyName) };
        var named = Name.Tags.ContainsKey(LabelNames.Service);
        if (!named) labels.Add(new Label(LabelNames.Service, service));
        else if (keepAppName) labels.Add(new Label("app_name", service));
        foreach (var (key, value) in Name.Tags)
        {
            if (key == LabelNames.Session || !key.StartsWith("__", StringComparison.Ordinal)) labels.Add(new Label(key, value));
        }

        return labels;
    }

    private static IngestFormat FormatOf(string format, string contentType) => format switch
    {
        "trie" => IngestFormat.Trie,
        _ when contentType == "binary/octet-stream+trie" => IngestFormat.Trie,
        "tree" => IngestFormat.Tree,
        _ when contentType == "binary/octet-stream+tree" => IngestFormat.Tree,
        "lines" => IngestFormat.Lines,
        "jfr" => IngestFormat.Jfr,
        "pprof" => IngestFormat.Pprof,
        "speedscope" => IngestFormat.Speedscope,
        _ when contentType.Contains("multipart/form-data") => IngestFormat.PprofForm,
        _ => IngestFormat.Groups,
    };

    private static string First(StringValues values) => values.Count == 0 ? "" : values[0] ?? "";
}
