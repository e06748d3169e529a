using Grpc.Core;
using Pyro.Connect.Protocol;
using Pyro.Distributor.Pipeline;
using Pyro.ServiceDefaults.Front;
using Pyro.Tenancy;

namespace Pyro.Distributor.Ingest;

/// <summary><c>POST /ingest</c>: what SDKs and profilers send that do not speak <c>push.v1</c>.</summary>
internal sealed class IngestEndpoint(ProfilePusher pusher, ScratchPool pool, Overrides overrides, TimeProvider time)
{
    /// <summary>Serves one request.</summary>
    public async Task Serve(HttpContext context)
    {
        try
        {
            await Ingest(context);
        }
        catch (ServiceNameException e)
        {
            await ConnectError.WritePlain(context, StatusCodes.Status400BadRequest, "name: " + e.Message);
        }
        catch (IngestRefusedException e)
        {
            if (e.RetryAfter > 0) context.Response.Headers.RetryAfter = e.RetryAfter.ToString();
            await ConnectError.WritePlain(context, e.Status, e.Message);
        }
        catch (BodyTooLargeException e)
        {
            await ConnectError.WritePlain(context, StatusCodes.Status413PayloadTooLarge, e.Message);
        }
        catch (RpcException e)
        {
            await ConnectError.Write(context, e.StatusCode, e.Status.Detail);
        }
        catch (OperationCanceledException)
        {
            await ConnectError.WritePlain(context, StatusCodes.Status499ClientClosedRequest, "context canceled");
        }
        catch (BadHttpRequestException e)
        {
            // Chunks that are none, or a body that comes too slowly: the server knows which.
            await ConnectError.WritePlain(context, e.StatusCode, "the request body could not be read: " + e.Message);
        }
        catch (IOException)
        {
            await ConnectError.WritePlain(context, StatusCodes.Status408RequestTimeout, "the request body could not be read: the connection broke");
        }
    }

    private async Task Ingest(HttpContext context)
    {
        var tenant = context.Tenant();
        var limits = overrides.For(tenant);
        var request = IngestRequest.Parse(context.Request.Query, context.Request.ContentType, time.GetUtcNow());
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } kestrel)
        {
            kestrel.MaxRequestBodySize = null;
        }

        var budget = context.Features.Get<BodyBudget>();
        var body = await IngestBody.Read(
            context.Request.BodyReader, context.Request.ContentLength, limits.IngestionBodyLimitBytes, budget, context.RequestAborted);
        try
        {
            using var entry = new PushEntry(0, "", pool, body.Memory.Length);
            if (!IngestReader.Read(request, body.Memory, context.Request.ContentType, limits.Profile, budget, entry.Scratch)) return;
            Answer(context, request, await pusher.Push(tenant, limits, [entry], context.RequestAborted));
        }
        finally
        {
            body.Release();
        }
    }

    /// <summary>
    /// Our own budgets answer 429 on every route. The rest is as Pyroscope has it: the refusal of stacks as text keeps its status, every other format answers 422 with the whole story.
    /// </summary>
    private static void Answer(HttpContext context, IngestRequest request, IReadOnlyList<PushFailure> failures)
    {
        if (failures.Count == 0) return;
        if (PushFailure.RetryAfterOf(failures) is > 0 and var wait) context.Response.Headers.RetryAfter = wait.ToString();
        if (PushFailure.BudgetRetryAfterOf(failures) is > 0 and var seconds)
        {
            throw new IngestRefusedException(StatusCodes.Status429TooManyRequests, PushFailure.StatusOf(failures).Detail) { RetryAfter = seconds };
        }

        if (request.Format is IngestFormat.Groups or IngestFormat.Lines) throw new RpcException(PushFailure.StatusOf(failures));
        throw new IngestRefusedException(
            StatusCodes.Status422UnprocessableEntity, "pushing IngestInput-pprof failed " + PushFailure.Join(failures));
    }
}
