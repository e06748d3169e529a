using System.Buffers;
using System.Globalization;
using Aspire.StandIns.S3.Bodies;
using Aspire.StandIns.S3.Storage;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Calls;

/// <summary>Reading of objects and of what is known of them.</summary>
internal sealed class ReadCalls(Buckets buckets)
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Names in the query that replace headers of the answer.</summary>
    private static readonly string[] Replaced = ["content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"];

    public async Task Get(S3Call call)
    {
        var (file, facts) = buckets[call.Address.Bucket].Read(call.Address.Key);
        await using var open = file;
        SetHeaders(call, facts);
        if (IsUnchanged(call, facts))
        {
            call.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        var range = Range(call, facts.Length);
        var length = range.Length;
        if (call.Fault is { } fault)
            length = fault.Truncated(length);
        call.Response.ContentLength = length;
        if (HttpMethods.IsHead(call.Request.Method))
            return;
        await Send(call, file, range with { Length = length });
    }

    /// <summary>None has tags; who copies asks for them.</summary>
    public async Task Tags(S3Call call)
    {
        var (file, _) = buckets[call.Address.Bucket].Read(call.Address.Key);
        await file.DisposeAsync();
        await Xml.Write(call.Http, Xml.Element("Tagging", Xml.Element("TagSet")));
    }

    private static async Task Send(S3Call call, FileStream file, ByteRange range)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long sent = 0; sent < range.Length;)
            {
                var part = buffer.AsMemory(0, (int)Math.Min(BufferBytes, range.Length - sent));
                var read = await RandomAccess.ReadAsync(file.SafeFileHandle, part, range.Offset + sent, call.Cancellation);
                if (read == 0)
                    throw new EndOfStreamException($"{file.Name} ends before its content does");
                part = part[..read];
                if (call.Fault is { } fault)
                    part = await fault.Send(call.Http, part, sent);
                await call.Response.Body.WriteAsync(part, call.Cancellation);
                sent += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ByteRange Range(S3Call call, long length)
    {
        try
        {
            if (ByteRange.Parse(call.Header("Range"), length) is not { } range)
                return new(0, length);
            call.Response.StatusCode = StatusCodes.Status206PartialContent;
            call.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {range.Offset}-{range.Offset + range.Length - 1}/{length}");
            return range;
        }
        catch (S3Exception)
        {
            ForgetHeaders(call.Response);
            call.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{length}");
            throw;
        }
    }

    private static void SetHeaders(S3Call call, ObjectFacts facts)
    {
        var headers = call.Response.Headers;
        foreach (var (name, value) in facts.Headers)
            headers[name] = value;
        foreach (var name in Replaced)
        {
            if (call.Address["response-" + name] is { Length: > 0 } value)
                headers[name] = value;
        }
        headers.ETag = Xml.Quoted(facts.ETag);
        headers.LastModified = facts.Modified.ToString("r", CultureInfo.InvariantCulture);
        headers.AcceptRanges = "bytes";
        if (call.Header("x-amz-checksum-mode") != "ENABLED" || call.Header("Range") is not null)
            return;
        foreach (var (name, value) in facts.Checksums)
            headers[Checksum.HeaderPrefix + name] = value;
        if (facts.Checksums.Count > 0)
            headers["x-amz-checksum-type"] = "FULL_OBJECT";
    }

    private static void ForgetHeaders(HttpResponse response)
    {
        var id = response.Headers["x-amz-request-id"];
        response.Headers.Clear();
        response.Headers["x-amz-request-id"] = id;
    }

    /// <summary>Whether the asker has it already; times count when no ETags are given.</summary>
    private static bool IsUnchanged(S3Call call, ObjectFacts facts)
    {
        var seconds = DateTimeOffset.FromUnixTimeSeconds(facts.Modified.ToUnixTimeSeconds());
        var fails = call.Header("If-Match") is { } match
            ? !Names(match, facts.ETag) : Time(call.Header("If-Unmodified-Since")) is { } before && seconds > before;
        if (fails)
        {
            ForgetHeaders(call.Response);
            throw S3Exception.PreconditionFailed();
        }
        return call.Header("If-None-Match") is { } none ? Names(none, facts.ETag) : Time(call.Header("If-Modified-Since")) is { } since && seconds <= since;
    }

    private static bool Names(string header, string etag) => header.Split(',').Any(one => one.Trim() is "*" || one.Trim().Trim('"') == etag);

    private static DateTimeOffset? Time(string? header) =>
        DateTimeOffset.TryParseExact(header, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
