using Aspire.Hosting.Running;

namespace Pyro.Tests.Unit.Aspire.Running;

public sealed class ContainerTests
{
    private static readonly ContainerSpec Redis = new("cache-abcdefgh", "docker.io/library/redis:8.6")
    {
        Entrypoint = "/bin/sh",
        Arguments = ["redis-server", "--requirepass", "$REDIS_PASSWORD"],
        Environment = new Dictionary<string, string> { ["REDIS_PASSWORD"] = "secret", ["PATH"] = "/bin" },
        Ports = [new(12345, 6379, false), new(12346, 53, true)],
        Mounts = [new("data", "/data", true, false), new("/host/conf", "/conf", false, true), new(null, "/tmp", true, false)],
        RuntimeArguments = ["--memory", "128m"],
    };

    [Fact]
    public void A_container_is_run_with_all_that_was_said_and_no_secret_on_the_command_line()
    {
        string[] expected =
        [
            "run", "--rm", "--name", "cache-abcdefgh", "--label", $"{ContainerSpec.Label}={Redis.Fingerprint()}",
            "--publish", "127.0.0.1:12345:6379", "--publish", "127.0.0.1:12346:53/udp",
            "--mount", "type=volume,source=data,target=/data", "--mount", "type=bind,source=/host/conf,target=/conf,readonly", "--mount", "type=volume,target=/tmp",
            "--env", "PATH=/bin", "--env", "REDIS_PASSWORD", "--add-host", "host.docker.internal:host-gateway", "--entrypoint", "/bin/sh", "--memory", "128m",
            "docker.io/library/redis:8.6", "redis-server", "--requirepass", "$REDIS_PASSWORD",
        ];
        Assert.Equal(expected, Redis.RunArguments(detached: false));
        Assert.Equal("secret", Assert.Single(Redis.ClientEnvironment()).Value);
    }

    [Fact]
    public void The_fingerprint_changes_with_what_matters_and_not_with_the_port_of_this_machine()
    {
        Assert.Equal(Redis.Fingerprint(), (Redis with { Ports = [new(9, 6379, false), new(10, 53, true)] }).Fingerprint());
        Assert.NotEqual(Redis.Fingerprint(), (Redis with { Environment = new Dictionary<string, string> { ["REDIS_PASSWORD"] = "other" } }).Fingerprint());
        Assert.NotEqual(Redis.Fingerprint(), (Redis with { Image = "redis:9" }).Fingerprint());
    }

    [Theory]
    [InlineData("redis", "library/redis")]
    [InlineData("docker.io/library/redis:8.6", "library/redis")]
    [InlineData("localhost:5000/minio/minio:RELEASE.2025-09-07T16-13-09Z", "minio/minio")]
    [InlineData("minio/minio@sha256:00", "minio/minio")]
    [InlineData("mcr.microsoft.com/a/b/c", "a/b/c")]
    public void Stand_ins_are_found_whatever_registry_and_tag(string image, string repository) =>
        Assert.Equal(repository, StandIns.Repository(image));
}
