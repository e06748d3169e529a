using Grpc.Core;
using Pyro.Api.Push;
using Pyro.Connect.Protocol;
using Pyro.Distributor.Pipeline;
using Pyro.Profiles.Pprof;
using Pyro.Tenancy;

namespace Pyro.Distributor.Push;

/// <summary><c>push.v1.PusherService/Push</c>: pprof profiles with the labels of their series.</summary>
internal sealed class PushService(ProfilePusher pusher, ScratchPool pool, Overrides overrides, DistributorMetrics metrics)
{
    private static readonly PushResponse Stored = new();

    /// <summary>Serves one push. Good profiles are stored even when the call fails for others.</summary>
    public async Task<PushResponse> Push(PushBody body, ServerCallContext context)
    {
        var tenant = TenantId.Of(context);
        var limits = overrides.For(tenant);
        var budget = BodyBudget.Of(context);
        Action<long>? take = budget is null ? null : budget.Take;
        var samples = Read(body);
        var entries = new List<PushEntry>(samples.Count);
        try
        {
            var failures = Load(tenant, limits, samples, entries, take);
            if (entries.Count == 0 && failures.Count == 0) throw Refused(StatusCode.InvalidArgument, "no profiles received");
            if (entries.Count > 0)
            {
                // What the steps refuse tells the client more than what could not be read: it comes first.
                failures = [.. await pusher.Push(tenant, limits, entries, context.CancellationToken), .. failures];
            }

            if (failures.Count == 0) return Stored;
            if (PushFailure.RetryAfterOf(failures) is > 0 and var seconds)
            {
                await context.WriteResponseHeadersAsync(new Metadata { { "retry-after", seconds.ToString() } });
            }

            throw new RpcException(PushFailure.StatusOf(failures));
        }
        finally
        {
            foreach (var entry in entries) entry.Dispose();
        }
    }

    private static List<PushedProfile> Read(PushBody body)
    {
        try
        {
            return PushRequestReader.Read(body.Lease.Memory);
        }
        catch (PushFormatException e)
        {
            throw Refused(StatusCode.InvalidArgument, "unmarshal message: " + e.Message);
        }
    }

    /// <summary>Unpacks and decodes every profile. More than the body limit in all refuses the whole request before anything is stored.</summary>
    private List<PushFailure> Load(string tenant, TenantLimits limits, List<PushedProfile> samples, List<PushEntry> entries, Action<long>? take)
    {
        var failures = new List<PushFailure>();
        long sum = 0;
        for (var i = 0; i < samples.Count; i++)
        {
            if (LoadOne(tenant, limits, samples[i], i, entries, take) is { } failure)
            {
                failures.Add(failure);
                continue;
            }

            var bytes = entries[^1].Scratch.Profile.RawLength;
            sum += bytes;
            if (limits.IngestionBodyLimitBytes is not (var limit and > 0) || sum <= limit) continue;
            metrics.Discarded(tenant, "body_size_limit_exceeded", sum);
            throw Refused(
                StatusCode.InvalidArgument, "uncompressed batched profile payload size exceeds limit of " + ProfileTooLargeException.SiBytes(limit));
        }

        return failures;
    }

    private PushFailure? LoadOne(string tenant, TenantLimits limits, PushedProfile sample, int index, List<PushEntry> entries, Action<long>? take)
    {
        var entry = new PushEntry(index, sample.Id, pool, sample.Profile.Length);
        try
        {
            entry.Scratch.Profile.Load(sample.Profile, limits.MaxProfileSizeBytes, take);
            entry.Scratch.Labels.AddRange(sample.Labels);
            entries.Add(entry);
            return null;
        }
        catch (ProfileTooLargeException e)
        {
            metrics.Discarded(tenant, e.Reason, e.Limit);
            entry.Dispose();
            return new PushFailure(index, sample.Id, StatusCode.InvalidArgument, e.Message);
        }
        catch (PprofFormatException e)
        {
            entry.Dispose();
            return new PushFailure(index, sample.Id, StatusCode.InvalidArgument, e.Message);
        }
        catch (RpcException)
        {
            // The budget is used up: that ends the request.
            entry.Dispose();
            throw;
        }
    }

    private static RpcException Refused(StatusCode code, string message) => new(new Status(code, message));
}
