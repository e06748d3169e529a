using System.Text.Json;
using System.Text.Unicode;
using Grpc.Core;
using Pyro.Connect.Protocol;
using Pyro.Distributor.Pipeline;
using Pyro.Profiles.Folded;
using Pyro.Profiles.Pprof;

namespace Pyro.Distributor.Ingest;

/// <summary>Reads the body of an ingest request into a decoded profile with labels.</summary>
internal static class IngestReader
{
    private const string Parsing = "parsing IngestInput-pprof failed ";
    private const string ParsingForm = Parsing + "failed to parse pprof /ingest multipart form ";

    /// <summary>Plenty for the types of one profile; a parsed one measures many times its text.</summary>
    private const int ConfigBytesMax = 64 << 10;

    /// <summary>Fills the scratch; false when the request brings nothing to store.</summary>
    /// <exception cref="IngestRefusedException">The body cannot be read.</exception>
    /// <exception cref="RpcException">It is read, but cannot be a profile.</exception>
    public static bool Read(IngestRequest request, ReadOnlyMemory<byte> body, string? contentType, in ProfileLimits limits, BodyBudget? budget, ProfileScratch scratch) =>
        request.Format switch
        {
            IngestFormat.Pprof => ReadPprof(request, body, SampleTypeConfig.Default, limits, budget, scratch),
            IngestFormat.PprofForm => ReadForm(request, body, contentType, limits, budget, scratch),
            IngestFormat.Groups or IngestFormat.Lines => ReadText(request, body.Span, limits, budget, scratch),
            IngestFormat.Jfr or IngestFormat.Trie when body.IsEmpty => false,
            IngestFormat.Jfr => throw Unprocessable(
                Parsing + (LacksRecording(body, contentType) ? "jfr field is required" : "jfr parser: Java Flight Recorder files are not supported yet")),
            _ => throw Unprocessable($"the format {request.Format} is not supported yet"),
        };

    private static bool LacksRecording(ReadOnlyMemory<byte> body, string? contentType)
    {
        if (contentType?.Contains("multipart/form-data") != true) return false;
        try
        {
            return MultipartForm.Parse(body, contentType).File("jfr").IsEmpty;
        }
        catch (MultipartException e)
        {
            throw Unprocessable(ParsingForm + e.Message);
        }
    }

    private static bool ReadForm(IngestRequest request, ReadOnlyMemory<byte> body, string? contentType, in ProfileLimits limits, BodyBudget? budget, ProfileScratch scratch)
    {
        try
        {
            var form = MultipartForm.Parse(body, contentType);
            if (!form.File("prev_profile").IsEmpty)
            {
                throw Unprocessable(
                    ParsingForm + "unsupported client version. Please update github.com/grafana/pyroscope-go to the latest version");
            }

            var config = form.File("sample_type_config");
            if (config.Length > ConfigBytesMax) throw Unprocessable($"{ParsingForm}sample_type_config is larger than {ConfigBytesMax} bytes");
            return ReadPprof(
                request, form.File("profile"), config.IsEmpty ? SampleTypeConfig.Default : SampleTypeConfig.Parse(config), limits, budget, scratch);
        }
        catch (Exception e) when (e is MultipartException or JsonException)
        {
            throw Unprocessable(ParsingForm + e.Message);
        }
    }

    private static bool ReadPprof(
        IngestRequest request, ReadOnlyMemory<byte> body, SampleTypeConfig config, in ProfileLimits limits, BodyBudget? budget, ProfileScratch scratch)
    {
        if (body.IsEmpty) return false;
        var profile = scratch.Profile;
        try
        {
            profile.Load(body, limits.MaxSizeBytes, budget is null ? null : budget.Take);
        }
        catch (ProfileTooLargeException e)
        {
            throw Unprocessable($"{Parsing}invalid_argument: decompressed size exceeds maximum allowed size of {e.Limit} bytes");
        }
        catch (PprofFormatException e)
        {
            throw Unprocessable($"{Parsing}invalid_argument: {e.Message}");
        }

        PprofRepairs.Apply(profile, request, config);
        var types = new string[profile.TypeCount];
        for (var i = 0; i < types.Length; i++)
        {
            if ((uint)profile.TypeName[i] >= (uint)profile.StringCount) throw Unprocessable(Parsing + "sample type string index out of range");
            types[i] = profile.StringText(profile.TypeName[i]);
        }

        scratch.Labels.AddRange(request.Labels(request.Name.Name, MetricName.OfSampleTypes(types, config), keepAppName: false));
        return true;
    }

    private static bool ReadText(IngestRequest request, ReadOnlySpan<byte> body, in ProfileLimits limits, BodyBudget? budget, ProfileScratch scratch)
    {
        // As much as was sent is taken at once, so that a lone text is read in any case; what the columns need beyond comes on top.
        budget?.TakeCopy(body.Length);
        long paid = body.Length;
        Action<long>? take = budget is null ? null : bytes =>
        {
            paid -= bytes;
            if (paid < 0) budget.Take(-Math.Max(paid, -bytes));
        };
        try
        {
            var type = AppType.Of(request.Name.Name);
            var counts = type.Timed ? FoldedType.Ticks(type.Type, request.SampleRate) : FoldedType.Counted(type.Type, type.Unit);
            if (request.Format == IngestFormat.Lines) scratch.Folded.ReadLines(body, counts, scratch.Profile, limits, take);
            else scratch.Folded.ReadGroups(body, counts, scratch.Profile, limits, take);
            scratch.Labels.AddRange(request.Labels(type.Service, type.Metric, keepAppName: true));
        }
        catch (FoldedFormatException e)
        {
            throw Unprocessable(LooksBinary(body) ? "the body is no text but looks like pprof; add format=pprof to the query" : e.Message);
        }
        catch (UnknownTypeException e)
        {
            throw Invalid(e.Message);
        }

        var profile = scratch.Profile;
        for (var i = 0; i < profile.StringCount; i++)
        {
            if (!Utf8.IsValid(profile.String(i))) throw Invalid("pyroscopeIngesterAdapter failed to marshal pprof: string field contains invalid UTF-8");
        }

        profile.TimeNanos = request.From;
        profile.DurationNanos = Math.Max(0, request.Until - request.From);
        // A request for one span of Pyroscope before 1.0: such profiles were never kept.
        return profile.SampleCount + profile.SamplesLeftOut > 0 && !(request.Name.Tags.TryGetValue("profile_id", out var id) && id != "");
    }

    /// <summary>Whether there are bytes at the beginning that no text has, and every pprof message does.</summary>
    private static bool LooksBinary(ReadOnlySpan<byte> body) => body[..Math.Min(body.Length, 512)].ContainsAnyInRange((byte)0, (byte)8);

    private static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));

    private static IngestRefusedException Unprocessable(string message) => new(StatusCodes.Status422UnprocessableEntity, message);
}
