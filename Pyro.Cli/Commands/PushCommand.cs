using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Text.Json;

namespace Pyro.Cli.Commands;

/// <summary><c>pyro push FILE… --name my-app</c>: sends pprof or folded text to a Pyroscope-compatible server.</summary>
internal static class PushCommand
{
    public static Command Create()
    {
        var files = new Argument<FileInfo[]>("file")
        {
            Description = "Profiles: pprof (gzip or not), or folded text (a;b;c 12) ending in .folded, .collapsed or .txt.",
            Arity = ArgumentArity.OneOrMore,
        };
        var name = new Option<string>("--name", "-n") { Description = "Service name; labels may follow: my-app{env=dev}.", Required = true };
        var url = new Option<Uri>("--url", "-u")
        {
            Description = "Server; a host and port alone mean http.",
            DefaultValueFactory = _ => new Uri("http://localhost:4040"),
            CustomParser = ParseUrl,
        };
        var tenant = new Option<string?>("--tenant") { Description = "Tenant, where the server wants one." };
        var now = new Option<bool>("--now") { Description = "Give profiles the present time instead of their own (servers refuse old ones)." };
        var patience = new Option<int>("--timeout") { Description = "Seconds that the server has to answer for each file.", DefaultValueFactory = _ => 30 };
        patience.Validators.Add(parsed =>
        {
            if (parsed.GetValue(patience) is < 1 or > 86_400)
                parsed.AddError("--timeout is a number of seconds from 1 to 86400");
        });

        var command = new Command("push", "Send profiles to a server.") { files, name, url, tenant, now, patience };
        command.SetAction((parsed, cancellation) => Push(
            parsed.GetRequiredValue(files),
            new Target(parsed.GetRequiredValue(url), parsed.GetRequiredValue(name), parsed.GetValue(tenant), parsed.GetValue(now), TimeSpan.FromSeconds(parsed.GetValue(patience))),
            parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error,
            cancellation));
        return command;
    }

    private static Uri? ParseUrl(ArgumentResult parsed)
    {
        var text = parsed.Tokens[0].Value;
        // "localhost:4040" would be a URL of the scheme "localhost".
        var complete = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (!Uri.TryCreate(complete, UriKind.Absolute, out var server))
            parsed.AddError($"--url: '{text}' is no URL such as http://localhost:4040");
        else if (server.Scheme != Uri.UriSchemeHttp && server.Scheme != Uri.UriSchemeHttps)
            parsed.AddError($"--url: '{text}' has the scheme {server.Scheme}; only http and https can be used");
        else
            return server;
        return null;
    }

    private sealed record Target(Uri Url, string Name, string? Tenant, bool Now, TimeSpan Patience);

    private static async Task<int> Push(FileInfo[] files, Target target, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = target.Url, Timeout = target.Patience };
        var failed = 0;
        foreach (var file in files)
        {
            try
            {
                var answer = await Send(client, file, target, cancellation);
                if (answer is not null)
                {
                    failed++;
                    await error.WriteLineAsync($"{file.Name}: {answer}".AsMemory(), cancellation);
                    continue;
                }
                await output.WriteLineAsync($"{file.Name}: stored as {target.Name}".AsMemory(), cancellation);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                await error.WriteLineAsync(
                    $"{file.Name}: no answer from {target.Url} in {target.Patience.TotalSeconds:0} s. Does a Pyro or Pyroscope server listen there, and does {new Uri(target.Url, "/ready")} say that it is ready? --timeout gives it longer.".AsMemory(),
                    cancellation);
                // The other files would only wait as long.
                return 1;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or InvalidDataException)
            {
                failed++;
                await error.WriteLineAsync($"{file.Name}: {e.Message}".AsMemory(), cancellation);
            }
        }
        if (failed == 0)
            await output.WriteLineAsync($"See {new Uri(target.Url, "/")}".AsMemory(), cancellation);
        return failed == 0 ? 0 : 1;
    }

    /// <summary>Sends one file; returns the server's refusal, or null when it was taken.</summary>
    private static async Task<string?> Send(HttpClient client, FileInfo file, Target target, CancellationToken cancellation)
    {
        var folded = file.Extension is ".folded" or ".collapsed" or ".txt";
        var bytes = await File.ReadAllBytesAsync(file.FullName, cancellation);
        if (bytes.Length == 0)
            throw new InvalidDataException("the file is empty");
        if (target.Now && !folded)
            bytes = ProfileClock.SetTime(bytes, DateTimeOffset.UtcNow);
        var query = $"/ingest?name={Uri.EscapeDataString(target.Name)}" + (folded ? "&format=groups" : "&format=pprof&spyName=pyro");
        using var request = new HttpRequestMessage(HttpMethod.Post, query) { Content = new ByteArrayContent(bytes) };
        if (target.Tenant is not null)
            request.Headers.Add("X-Scope-OrgID", target.Tenant);
        using var response = await client.SendAsync(request, cancellation);
        if (response.StatusCode == HttpStatusCode.OK)
            return null;
        var body = await response.Content.ReadAsStringAsync(cancellation);
        var refusal = Message(body);
        var hint = refusal.Contains("ingestion window", StringComparison.Ordinal) ? " (--now gives it the present time)" : "";
        return $"{(int)response.StatusCode} {refusal}{hint}";
    }

    private static string Message(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("message", out var message)
                ? message.GetString() ?? body
                : body;
        }
        catch (JsonException)
        {
            return body;
        }
    }
}
