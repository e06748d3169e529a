using Microsoft.Extensions.Time.Testing;
using Pyro.Disk;
using Pyro.ObjectStore;
using Pyro.ObjectStore.S3;
using Pyro.Tests.Unit.Configuration;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>From settings to a bucket.</summary>
public sealed class ObjectStoreOptionsTests
{
    private const string S3 = "-storage.backend=s3 -storage.s3.bucket-name=profiles -storage.s3.endpoint=minio:9000";

    [Fact]
    public async Task By_default_it_is_a_folder()
    {
        var options = From("");
        Assert.Equal(("filesystem", "./data-shared", ""), (options.Backend, options.Directory, options.Prefix));
        Assert.Empty(options.Faults());
        var disk = new ForgettingDisk(1);
        using var store = ObjectStores.Open(options with { Directory = "/shared", Prefix = "p/q" }, disk, new FakeTimeProvider(), new Random(1));
        Assert.Equal("filesystem /shared under p/q/", store.Description);
        await store.Put("t/a", ObjectBody.Of(new byte[3]), PutMode.Replace, CancellationToken.None);
        Assert.True(disk.Exists("/shared/p/q/t/a"));
    }

    [Fact]
    public void A_prefix_has_two_names()
    {
        Assert.Equal("pyro/a", From("-storage.prefix=pyro/a/").Prefix);
        Assert.Equal("old", From("-storage.storage-prefix=old").Prefix);
    }

    [Fact]
    public void Everything_of_s3_is_taken()
    {
        var options = From("", """
            storage:
              backend: s3
              s3:
                bucket_name: profiles
                endpoint: minio:9000
                region: eu-west-1
                access_key_id: k
                secret_access_key: s
                insecure: true
                force_path_style: true
                create_bucket: true
                storage_class: STANDARD_IA
                part_size: 16MiB
                chunked_encoding: true
                checksums: true
                sse: { type: SSE-KMS, kms_key_id: kk, kms_encryption_context: '{"a":"b"}' }
                http:
                  idle_conn_timeout: 30s
                  response_header_timeout: 1m
                  tls_handshake_timeout: 5s
                  expect_continue_timeout: 0s
                  max_connections_per_host: 12
                  insecure_skip_verify: true
            """).S3;
        Assert.Equal(
            new S3Options
            {
                Bucket = "profiles",
                Endpoint = "minio:9000",
                Region = "eu-west-1",
                AccessKey = "k",
                SecretKey = "s",
                Insecure = true,
                PathStyle = true,
                CreateBucket = true,
                StorageClass = "STANDARD_IA",
                PartBytes = 16 << 20,
                ChunkedEncoding = true,
                Checksums = true,
                Encryption = "SSE-KMS",
                KmsKey = "kk",
                KmsContext = """{"a":"b"}""",
                IdleTimeout = TimeSpan.FromSeconds(30),
                AnswerTimeout = TimeSpan.FromMinutes(1),
                ConnectTimeout = TimeSpan.FromSeconds(5),
                ContinueTimeout = TimeSpan.Zero,
                MaxConnections = 12,
                SkipVerify = true,
            },
            options);
        Assert.Empty(options.Faults());
        Assert.Equal("s3 profiles at minio:9000", $"{options}");
        Assert.Equal(new S3Options { Bucket = "profiles", Endpoint = "minio:9000" }, From(S3).S3);
    }

    [Fact]
    public void Minio_of_the_app_host_is_taken()
    {
        var options = ObjectStoreOptions.From(Loading.Settings(environment: ("ConnectionStrings__minio", "Endpoint=http://localhost:9000;AccessKey=minioadmin;SecretKey=hidden")));
        Assert.Empty(options.Faults());
        Assert.Equal(
            new S3Options { Bucket = "pyro", Endpoint = "localhost:9000", Insecure = true, PathStyle = true, AccessKey = "minioadmin", SecretKey = "hidden" }, options.S3);
    }

    [Theory]
    [InlineData("-storage.backend=azure", "azure is not supported yet; supported are filesystem and s3")]
    [InlineData("-storage.backend=gcs", "gcs is not supported yet; supported are filesystem and s3")]
    [InlineData("-storage.backend=swift", "swift is not supported yet; supported are filesystem and s3")]
    [InlineData("-storage.backend=cos", "cos is not supported yet; supported are filesystem and s3")]
    [InlineData("-storage.filesystem.dir=", "storage.filesystem.dir")]
    [InlineData("-storage.backend=s3 -storage.s3.endpoint=minio:9000", "storage.s3.bucket_name")]
    [InlineData("-storage.backend=s3 -storage.s3.bucket-name=profiles", "storage.s3.endpoint (-storage.s3.endpoint) or, for AWS, storage.s3.region")]
    [InlineData(S3 + "/path", "must be host:port")]
    [InlineData(S3 + " -storage.s3.access-key-id=k", "must be given together")]
    [InlineData(S3 + " -storage.s3.signature-version=v2", "v2 is not supported")]
    [InlineData(S3 + " -storage.s3.part-size=1MiB", "storage.s3.part_size")]
    [InlineData(S3 + " -storage.s3.insecure -storage.s3.sign-payload=false", "storage.s3.sign_payload")]
    [InlineData("-storage.backend=s3 -storage.s3.bucket-name=profiles -storage.s3.insecure -storage.s3.endpoint=https://minio:9000", "says https")]
    [InlineData(S3 + " -storage.s3.http.response-header-timeout=0s", "response_header_timeout")]
    public void A_fault_is_told(string args, string fault) => Assert.Contains(fault, Assert.Single(From(args).Faults()), StringComparison.Ordinal);

    [Theory]
    [InlineData("minio:9000", "", "b", true, "us-east-1")]
    [InlineData("http://minio:9000", "eu-1", "b", true, "eu-1")]
    [InlineData("s3.eu-west-2.amazonaws.com", "", "b", false, "eu-west-2")]
    [InlineData("s3-eu-west-2.amazonaws.com", "", "b", false, "eu-west-2")]
    [InlineData("s3.amazonaws.com", "", "with.dot", true, "us-east-1")]
    [InlineData("", "ap-south-1", "b", false, "ap-south-1")]
    public void Style_and_region_follow_from_the_endpoint(string endpoint, string region, string bucket, bool pathStyle, string signedFor)
    {
        var options = new S3Options { Endpoint = endpoint, Region = region, Bucket = bucket };
        Assert.Equal((pathStyle, signedFor), (options.UsesPathStyle, options.SigningRegion));
        Assert.Equal(!pathStyle, (options with { PathStyle = !pathStyle }).UsesPathStyle);
    }

    private static ObjectStoreOptions From(string args, string? yaml = null) => ObjectStoreOptions.From(Loading.Settings(args, yaml));
}
