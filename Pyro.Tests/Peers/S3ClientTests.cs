using System.Diagnostics;
using System.Security.Cryptography;
using Pyro.Tests.Unit.S3StandIn;

namespace Pyro.Tests.Peers;

/// <summary>Clients of S3 that others wrote, each with signatures of its own, against the AppHost's stand-in for MinIO.</summary>
public sealed class S3ClientTests(RunningS3 s3) : IClassFixture<RunningS3>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-s3-client-").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_command_line_of_AWS_puts_gets_lists_and_removes()
    {
        var (large, small) = (Write("large", 20_000_000), Write("small file+ä", 1000));
        await Aws("mb", "s3://aws-cli");
        await Aws("cp", "--only-show-errors", large, "s3://aws-cli/folder/large");
        await Aws("cp", "--only-show-errors", small, "s3://aws-cli/folder/small file+ä");
        Assert.Contains("20000000 folder/large", await Aws("ls", "--recursive", "s3://aws-cli"), StringComparison.Ordinal);
        Assert.Contains("PRE folder/", await Aws("ls", "s3://aws-cli"), StringComparison.Ordinal);
        await Aws("cp", "--only-show-errors", "--recursive", "s3://aws-cli/folder", Path.Combine(_folder, "back"));
        Assert.Equal(Hash(large), Hash(Path.Combine(_folder, "back", "large")));
        Assert.Equal(Hash(small), Hash(Path.Combine(_folder, "back", "small file+ä")));
        await Aws("cp", "--only-show-errors", "s3://aws-cli/folder/large", "s3://aws-cli/copy");
        await Aws("rm", "--only-show-errors", "--recursive", "s3://aws-cli");
        await Aws("rb", "s3://aws-cli");
        var wrong = await Run("aws", ["--endpoint-url", s3.Url.ToString(), "s3", "ls"], ("AWS_SECRET_ACCESS_KEY", "another-secret"));
        Assert.NotEqual(0, wrong.Code);
        Assert.Contains("SignatureDoesNotMatch", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S3cmd_puts_gets_lists_and_removes()
    {
        var large = Write("large", 20_000_000);
        await S3cmd("mb", "s3://s3cmd");
        await S3cmd("put", "--multipart-chunk-size-mb=5", large, "s3://s3cmd/folder/large");
        await S3cmd("put", large, "s3://s3cmd/folder/a b+ä");
        Assert.Contains("20000000  s3://s3cmd/folder/large", await S3cmd("ls", "-r", "s3://s3cmd"), StringComparison.Ordinal);
        await S3cmd("get", "s3://s3cmd/folder/large", Path.Combine(_folder, "back"));
        Assert.Equal(Hash(large), Hash(Path.Combine(_folder, "back")));
        await S3cmd("cp", "s3://s3cmd/folder/large", "s3://s3cmd/copy");
        Assert.Contains("MD5", await S3cmd("info", "s3://s3cmd/copy"), StringComparison.OrdinalIgnoreCase);
        await S3cmd("rm", "-r", "-f", "s3://s3cmd");
        await S3cmd("rb", "s3://s3cmd");
    }

    [Fact]
    public async Task Rclone_copies_checks_and_purges()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "tree", "deep")).Parent!.FullName;
        Write("tree/large", 12_000_000);
        Write("tree/deep/a b+ä", 1000);
        Write("tree/empty", 0);
        var remote = $":s3,provider=Other,endpoint='{s3.Url.ToString().TrimEnd('/')}',access_key_id={RunningS3.AccessKey},secret_access_key={RunningS3.SecretKey},chunk_size=5Mi,upload_cutoff=5Mi:rclone";
        await Rclone("mkdir", remote);
        await Rclone("copy", folder, remote);
        await Rclone("check", "--download", folder, remote);
        Assert.Contains($"{Convert.ToHexStringLower(MD5.HashData(File.ReadAllBytes(Path.Combine(folder, "deep", "a b+ä"))))}  deep/a b+ä", await Rclone("md5sum", remote), StringComparison.Ordinal);
        await Rclone("copy", remote, Path.Combine(_folder, "back"));
        Assert.Equal(Hash(Path.Combine(folder, "large")), Hash(Path.Combine(_folder, "back", "large")));
        await Rclone("purge", remote);
    }

    [Fact]
    public async Task Curl_signs_for_itself()
    {
        var file = Write("file", 100_000);
        var url = s3.Url.ToString().TrimEnd('/');
        Assert.Equal("200", await Curl("-X", "PUT", $"{url}/curl-bucket"));
        Assert.Equal("200", await Curl("-T", file, $"{url}/curl-bucket/a%20b"));
        Assert.Equal("412", await Curl("-T", file, "-H", "If-None-Match: *", $"{url}/curl-bucket/a%20b"));
        Assert.Equal("206", await Curl("-r", "-10", $"{url}/curl-bucket/a%20b"));
        Assert.Equal(File.ReadAllBytes(file)[^10..], File.ReadAllBytes(Path.Combine(_folder, "answer")));
        Assert.Equal("416", await Curl("-r", "100000-", $"{url}/curl-bucket/a%20b"));
        Assert.Equal("204", await Curl("-X", "DELETE", $"{url}/curl-bucket/a%20b"));

        async Task<string> Curl(params string[] arguments)
        {
            var (code, output, error) = await Run("curl",
            [
                "-sS", "-o", Path.Combine(_folder, "answer"), "-w", "%{http_code}", "--aws-sigv4", "aws:amz:us-east-1:s3", "-u", $"{RunningS3.AccessKey}:{RunningS3.SecretKey}",
                "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", .. arguments,
            ]);
            Assert.True(code == 0, error);
            return output;
        }
    }

    [Fact]
    public async Task The_JavaScript_client_of_AWS_finds_all_that_it_asks_for()
    {
        var (code, output, error) = await Node.Run("s3.mjs", s3.Url.ToString(), RunningS3.AccessKey, RunningS3.SecretKey);
        Assert.True(code == 0, error + output);
        Assert.Equal("ok", output.Trim());
    }

    private Task<string> Aws(params string[] arguments) => Succeed("aws", ["--endpoint-url", s3.Url.ToString(), "s3", .. arguments]);

    private Task<string> Rclone(params string[] arguments) => Succeed("rclone", ["--config", "/dev/null", .. arguments]);

    private Task<string> S3cmd(params string[] arguments) => Succeed("s3cmd",
    [
        "--config=/dev/null", $"--host={s3.Url.Authority}", "--host-bucket=", "--no-ssl", $"--access_key={RunningS3.AccessKey}", $"--secret_key={RunningS3.SecretKey}",
        "--no-progress", .. arguments,
    ]);

    private async Task<string> Succeed(string program, string[] arguments)
    {
        var (code, output, error) = await Run(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}: {error}{output}");
        return output;
    }

    private async Task<(int Code, string Output, string Error)> Run(string program, string[] arguments, params (string Name, string Value)[] variables)
    {
        // Debian's own, whatever else of that name the PATH begins with.
        var own = Path.Combine("/usr/bin", program);
        var start = new ProcessStartInfo(File.Exists(own) ? own : program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
            Environment =
            {
                ["AWS_ACCESS_KEY_ID"] = RunningS3.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = RunningS3.SecretKey, ["AWS_DEFAULT_REGION"] = "us-east-1",
                ["HOME"] = _folder, ["AWS_CA_BUNDLE"] = null, ["LANG"] = "C.UTF-8", ["NO_PROXY"] = "*",
            },
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end in 5 minutes: {await error}", e);
        }
        return (process.ExitCode, await output, await error);
    }

    private string Write(string name, int length)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(length));
        return path;
    }

    private static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
}
