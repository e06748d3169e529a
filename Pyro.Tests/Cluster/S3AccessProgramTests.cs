using System.Net;
using System.Text;
using Pyro.Api.Ingester;
using Pyro.Tests.Unit.ObjectStore;
using Pyro.Tests.Unit.S3StandIn;

namespace Pyro.Tests.Cluster;

/// <summary>
/// The ways of the real program to a bucket: without keys in its settings it finds them where AWS tools do, and signs with them, which the store
/// checks; and the bucket may stand in the name of the host.
/// </summary>
public sealed class S3AccessProgramTests : IAsyncLifetime
{
    private const string Role = "arn:aws:iam::123456789012:role/pyro", Token = "token-of-the-cluster", Fault = "The bucket cannot be used";

    private static readonly (string, string)[] Keys = [("AWS_ACCESS_KEY_ID", RunningS3.AccessKey), ("AWS_SECRET_ACCESS_KEY", RunningS3.SecretKey)];

    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-access-").FullName;
    private S3Process _bucket = null!;

    public async ValueTask InitializeAsync() => _bucket = await S3Process.Start(("MINIO_DOMAIN", "s3.test"));

    public async ValueTask DisposeAsync()
    {
        await _bucket.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public Task Keys_of_the_environment_are_taken() => Ships(_bucket.FlagsWithoutKeys, Keys);

    [Fact]
    public Task Keys_of_the_environment_are_taken_instead_of_others_when_asked_to() => Ships(
        [.. _bucket.FlagsWithoutKeys, "-storage.s3.access-key-id=another", "-storage.s3.secret-access-key=another-secret", "-storage.s3.native-aws-auth-enabled=true"], Keys);

    [Fact]
    public async Task Keys_of_a_file_are_taken()
    {
        var file = Path.Combine(_folder, "credentials");
        await File.WriteAllTextAsync(file, $"[default]\naws_access_key_id = {RunningS3.AccessKey}\naws_secret_access_key = {RunningS3.SecretKey}\n");
        await Ships(_bucket.FlagsWithoutKeys, ("AWS_SHARED_CREDENTIALS_FILE", file));
    }

    [Fact]
    public async Task A_role_is_taken_by_web_identity()
    {
        var file = Path.Combine(_folder, "token");
        await File.WriteAllTextAsync(file, Token);
        var asked = new List<string>();
        await using var sts = new ScriptedServer((head, body) =>
        {
            asked.Add(Encoding.UTF8.GetString(body));
            return ScriptedServer.Answer(200, $"""
                <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
                <AssumedRoleUser><Arn>{Role}/pyro</Arn><AssumedRoleId>AROA:pyro</AssumedRoleId></AssumedRoleUser>
                <Credentials><AccessKeyId>{RunningS3.AccessKey}</AccessKeyId><SecretAccessKey>{RunningS3.SecretKey}</SecretAccessKey>
                <SessionToken>session</SessionToken><Expiration>{InAnHour}</Expiration></Credentials>
                </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
                """);
        });
        await Ships(
            _bucket.FlagsWithoutKeys, ("AWS_WEB_IDENTITY_TOKEN_FILE", file), ("AWS_ROLE_ARN", Role), ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL_STS", $"http://127.0.0.1:{sts.Port}"));
        Assert.NotEmpty(asked);
        Assert.All(asked, static form =>
        {
            var fields = form.Split('&');
            Assert.Contains("Action=AssumeRoleWithWebIdentity", fields);
            Assert.Contains($"RoleArn={Uri.EscapeDataString(Role)}", fields);
            Assert.Contains($"WebIdentityToken={Token}", fields);
        });
    }

    [Fact]
    public async Task The_role_of_a_container_is_taken()
    {
        await using var agent = new ScriptedServer((_, _) => ScriptedServer.Answer(200, Credentials));
        await Ships(
            _bucket.FlagsWithoutKeys, ("AWS_CONTAINER_CREDENTIALS_FULL_URI", $"http://127.0.0.1:{agent.Port}/v1/credentials"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", Token));
        Assert.NotEmpty(agent.Requests);
        Assert.All(agent.Requests, static request =>
        {
            Assert.StartsWith("GET /v1/credentials HTTP/1.1\r\n", request, StringComparison.Ordinal);
            Assert.Contains($"Authorization: {Token}\r\n", request, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task The_role_of_an_instance_is_taken()
    {
        const string roles = "/latest/meta-data/iam/security-credentials";
        await using var metadata = new ScriptedServer((head, _) => head.Split(' ') switch
        {
            ["PUT", "/latest/api/token", ..] => ScriptedServer.Answer(200, Token),
            ["GET", roles, ..] => ScriptedServer.Answer(200, "pyro-role"),
            ["GET", roles + "/pyro-role", ..] => ScriptedServer.Answer(200, Credentials),
            _ => ScriptedServer.Answer(404, ""),
        });
        await Ships(_bucket.FlagsWithoutKeys, ("AWS_EC2_METADATA_SERVICE_ENDPOINT", $"http://127.0.0.1:{metadata.Port}"), ("AWS_EC2_METADATA_DISABLED", "false"));
        Assert.Contains(metadata.Requests, static r => r.StartsWith($"GET {roles}/pyro-role ", StringComparison.Ordinal) && r.Contains(Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_keys_anywhere_are_told()
    {
        await using var pyro = await Start(_bucket.FlagsWithoutKeys);
        await pyro.UntilItTells(Fault);
        var line = Assert.Single(pyro.Told(Fault));
        Assert.Contains("no credentials: ", line, StringComparison.Ordinal);
        Assert.Contains(", see storage.s3.access_key_id", line, StringComparison.Ordinal);
        // What was said of each place stands in one line.
        Assert.DoesNotContain("\\n", line, StringComparison.Ordinal);
    }

    /// <summary>
    /// No name of a domain leads here, so that the store itself stands as the proxy of those before the domain, not of the domain: it checks the
    /// signature of the host.
    /// </summary>
    [Fact]
    public async Task The_bucket_may_stand_in_the_name_of_the_host()
    {
        await Ships(
            ["-storage.backend=s3", "-storage.s3.endpoint=s3.test", "-storage.s3.insecure=true", "-storage.s3.bucket-lookup-type=virtual-hosted-style",
                "-storage.s3.create-bucket=true", $"-storage.s3.bucket-name={S3Process.Bucket}"],
            [.. Keys, ("http_proxy", $"{_bucket.Url}"), ("no_proxy", "localhost,127.0.0.1,s3.test")]);
    }

    private static string InAnHour => DateTimeOffset.UtcNow.AddHours(1).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);

    private static string Credentials =>
        $$"""{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"{{RunningS3.AccessKey}}","SecretAccessKey":"{{RunningS3.SecretKey}}","Token":"session","LastUpdated":"2026-01-01T00:00:00Z","Expiration":"{{InAnHour}}"}""";

    /// <summary>A block goes over to the bucket and is read back.</summary>
    private async Task Ships(string[] flags, params (string Name, string Value)[] variables)
    {
        await using var pyro = await Start(flags, variables);
        using var client = new HttpClient { BaseAddress = pyro.Url };
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("shop", SmallProfile.Cpu(DateTimeOffset.UtcNow, ("main;work", 7)))), pyro.Log);
        using var flush = await client.PostAsync("/ingester.v1.IngesterService/Flush", ConnectHttp.Proto(new FlushRequest()));
        Assert.Equal(HttpStatusCode.OK, flush.StatusCode);
        await pyro.UntilItTells("Shipped block");
        Assert.Contains(await _bucket.Objects(), static o => o.Key.StartsWith("anonymous/phlaredb/", StringComparison.Ordinal) && o.Key.EndsWith("/meta.json", StringComparison.Ordinal));
        Assert.Empty(pyro.Told(Fault));
        Assert.DoesNotContain(RunningS3.SecretKey, pyro.Log, StringComparison.Ordinal);
    }

    /// <summary>Nothing of the machine's own is looked at.</summary>
    private Task<RunningPyro> Start(string[] flags, params (string Name, string Value)[] variables) => RunningPyro.Start(flags, variables:
    [
        ("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(_folder, "none")), ("AWS_CONFIG_FILE", Path.Combine(_folder, "none")), ("AWS_EC2_METADATA_DISABLED", "true"), .. variables,
    ]);
}
