using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Faults;

/// <summary>
/// Where tests ask for faults; it is there only in a server that was started for that. POST a fault as JSON
/// (<c>{"kind":"Break","operation":"GetObject","prefix":"pyro/","bytes":1000,"times":1}</c>), GET those that are left, DELETE them.
/// </summary>
internal static class FaultPath
{
    /// <summary>The path; no bucket can have this name.</summary>
    public const string Path = "/-/faults";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Answers.</summary>
    public static async Task Answer(HttpContext http, FaultList faults)
    {
        if (HttpMethods.IsDelete(http.Request.Method))
            faults.Clear();
        else if (HttpMethods.IsPost(http.Request.Method))
            faults.Add(await Read(http));
        await http.Response.WriteAsJsonAsync(faults.All, Json, http.RequestAborted);
    }

    private static async Task<Fault> Read(HttpContext http)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<Fault>(http.Request.Body, Json, http.RequestAborted) ?? throw S3Exception.InvalidArgument("A fault is an object.");
        }
        catch (JsonException e)
        {
            throw S3Exception.InvalidArgument(e.Message);
        }
    }
}
