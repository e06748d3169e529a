using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;

namespace Pyro.Distributor.Pipeline;

/// <summary>Writes where the sources of a service are into the build ids of its mappings, where source links look for it.</summary>
internal static class ServiceVersion
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Replaces every build id by JSON with the version, when the labels tell one.</summary>
    public static void Inject(PprofProfile profile, List<Label> labels)
    {
        var repository = Find(labels, "service_repository");
        var gitRef = Find(labels, "service_git_ref");
        var rootPath = Find(labels, "service_root_path");
        if (repository == "" && gitRef == "" && rootPath == "") return;

        var buffer = new ArrayBufferWriter<byte>(128);
        for (var i = 0; i < profile.MappingCount; i++)
        {
            buffer.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(buffer, Options))
            {
                json.WriteStartObject();
                Text(json, "repository", repository);
                Text(json, "git_ref", gitRef);
                Text(json, "build_id", profile.StringText(profile.MappingBuildId[i]));
                Text(json, "root_path", rootPath);
                json.WriteEndObject();
            }

            profile.MappingBuildId[i] = profile.AddString(buffer.WrittenSpan);
        }
    }

    private static void Text(Utf8JsonWriter json, string name, string value)
    {
        if (value != "") json.WriteString(name, value);
    }

    private static string Find(List<Label> labels, string name)
    {
        foreach (var label in labels)
        {
            if (label.Name == name) return label.Value;
        }

        return "";
    }
}
