using System.Runtime.InteropServices;
using System.Text;
using Grpc.Core;
using Pyro.Distributor.Replication;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Records;
using Pyro.Profiles.Relabeling;
using Pyro.Tenancy;

namespace Pyro.Distributor.Pipeline;

/// <summary>
/// The steps that one profile takes from decoded to encoded, in Pyroscope's order: rate limit before validation, labels last, after
/// relabelling and split. Thread-safe; each profile has scratch of its own.
/// </summary>
internal sealed class ProfilePipeline(RateLimiter rates, DistributorMetrics metrics, TimeProvider time)
{
    private const string UnknownService = "unknown_service";

    /// <summary>Adds the records of a profile; none when all of it was dropped, which is a success.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="limits">The tenant's limits.</param>
    /// <param name="entry">The profile; it is used up.</param>
    /// <param name="place">What the records say that they come from.</param>
    /// <param name="output">Takes the records.</param>
    /// <returns>Null, or why it is refused.</returns>
    public PushFailure? Run(string tenant, TenantLimits limits, PushEntry entry, int place, RecordSink output)
    {
        var (profile, labels) = (entry.Scratch.Profile, entry.Scratch.Labels);
        AddServiceName(labels);
        var bytes = profile.RawLength + LabelBytes(labels);
        metrics.Stage(tenant, "received", bytes);
        if (!rates.TryTake(tenant, bytes, limits.IngestionRateBytes, limits.IngestionBurstBytes))
        {
            metrics.Discarded(tenant, "rate_limited", bytes);
            var rate = ByteText.Binary(limits.IngestionRateBytes);
            return new PushFailure(
                entry.Index, entry.Id, StatusCode.ResourceExhausted, $"push rate limit ({rate}) exceeded while adding {ByteText.Binary(bytes)}");
        }

        try
        {
            return Prepare(tenant, limits, entry, bytes) ? Encode(tenant, limits, entry, place, output, bytes) : null;
        }
        catch (ProfileRejectedException e)
        {
            metrics.Discarded(tenant, e.Reason, bytes);
            return new PushFailure(entry.Index, entry.Id, StatusCode.InvalidArgument, e.Message);
        }
    }

    /// <summary>Validates a profile, mends and normalises it, and splits it into series; false when nothing of it is left.</summary>
    /// <exception cref="ProfileRejectedException">It breaks a limit or a rule.</exception>
    private bool Prepare(string tenant, TenantLimits limits, PushEntry entry, long bytes)
    {
        var scratch = entry.Scratch;
        var (profile, labels) = (scratch.Profile, scratch.Labels);
        var language = Language.Detect(profile, CollectionsMarshal.AsSpan(labels));
        metrics.Received(tenant, NameOf(labels), entry.CompressedBytes, profile.RawLength, profile.SampleCount);
        metrics.Stage(tenant, "sampled", bytes);

        var now = time.GetUtcNow();
        ProfileValidation.Validate(profile, CollectionsMarshal.AsSpan(labels), limits.Profile, now);
        if (language == Language.Go)
        {
            GoTypeParameters.Remove(profile);
            GoTruncatedStacks.Repair(profile);
        }

        SampleTypes.Relabel(profile, CollectionsMarshal.AsSpan(labels), limits.SampleTypeRelabelingRules);
        scratch.Normalisation.Normalise(profile, now);
        metrics.Stage(tenant, "normalized", bytes);
        return profile.SampleCount > 0 && profile.TypeCount > 0 && Split(tenant, limits, scratch, bytes);
    }

    /// <summary>Splits a normalised profile into series; false when the relabelling rules drop all of them.</summary>
    private bool Split(string tenant, TenantLimits limits, ProfileScratch scratch, long bytes)
    {
        ServiceVersion.Inject(scratch.Profile, scratch.Labels);
        SessionId.Reduce(scratch.Labels, limits.MaxSessionsPerSeries);
        scratch.Split.Split(scratch.Profile, CollectionsMarshal.AsSpan(scratch.Labels), limits.IngestionRelabelingRules, limits.Labels);
        if (scratch.Split.Count > 0) return true;
        metrics.Discarded(tenant, DiscardReason.DroppedByRelabelRules, bytes);
        return false;
    }

    /// <summary>Encodes the series of a split profile: all of them, or none when one is too large.</summary>
    private PushFailure? Encode(string tenant, TenantLimits limits, PushEntry entry, int place, RecordSink output, long bytes)
    {
        for (var i = 0; i < entry.Scratch.Split.Count; i++)
        {
            if (EncodeSeries(tenant, limits, entry, i, place, output)) continue;
            output.Drop(place);
            metrics.Discarded(tenant, DiscardReason.ProfileSizeLimit, bytes);
            return new PushFailure(entry.Index, entry.Id, StatusCode.InvalidArgument, "profile is larger than a request between processes may be");
        }

        return null;
    }

    /// <summary>Encodes one series. Its id is the client's or comes from its content, so that a retry is known again.</summary>
    private static bool EncodeSeries(string tenant, TenantLimits limits, PushEntry entry, int series, int place, RecordSink output)
    {
        var record = entry.Scratch.Record;
        var set = LabelsOf(entry.Scratch.Split.Labels(series), limits.EnforceLabelsOrder);
        entry.Scratch.Split.Build(series, set, record);
        record.Id = ProfileId.FromClient(entry.Id) ?? ProfileId.FromContent(tenant, record);
        return output.Add(record, set.Fingerprint, place);
    }

    private static LabelSet LabelsOf(IReadOnlyList<Label> labels, bool enforceOrder)
    {
        if (!enforceOrder)
        {
            var array = new Label[labels.Count];
            for (var i = 0; i < array.Length; i++) array[i] = labels[i];
            return LabelSet.FromStoredOrder(array);
        }

        List<Label> ordered = [.. labels, new Label(LabelNames.Order, "enforced")];
        LabelText.Sort(ordered);
        return LabelSet.FromStoredOrder([.. ordered]);
    }

    private static void AddServiceName(List<Label> labels)
    {
        var named = false;
        foreach (var label in labels) named |= label.Name == LabelNames.Service;
        if (!named) labels.Add(new Label(LabelNames.Service, UnknownService));
        LabelText.Sort(labels);
    }

    private static long LabelBytes(List<Label> labels)
    {
        long bytes = 0;
        foreach (var label in labels) bytes += Encoding.UTF8.GetByteCount(label.Name) + Encoding.UTF8.GetByteCount(label.Value);
        return bytes;
    }

    private static string NameOf(List<Label> labels)
    {
        foreach (var label in labels)
        {
            if (label.Name == LabelNames.Name) return label.Value;
        }

        return "";
    }
}
