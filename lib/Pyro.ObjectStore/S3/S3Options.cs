using System.Text;
using System.Text.Json;
using Pyro.Configuration;

namespace Pyro.ObjectStore.S3;

/// <summary>A bucket of S3 or of what speaks its protocol (<c>storage.s3</c>).</summary>
public sealed record S3Options
{
    /// <summary>Bytes of the smallest part that S3 takes, the last one excepted.</summary>
    public const long SmallestPart = 5 << 20;

    /// <summary>Host and perhaps port; a scheme may stand before it. "": that of AWS in the region.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Region; "": as the endpoint says, else us-east-1.</summary>
    public string Region { get; init; } = "";

    /// <summary>Name of the bucket.</summary>
    public string Bucket { get; init; } = "";

    /// <summary>Access key; "": credentials are looked for where AWS tools do (environment, files, web identity, role of the container or instance).</summary>
    public string AccessKey { get; init; } = "";

    /// <summary>Secret of the access key.</summary>
    public string SecretKey { get; init; } = "";

    /// <summary>Look for credentials where AWS tools do, even when there is an access key.</summary>
    public bool DefaultCredentials { get; init; }

    /// <summary>HTTP instead of HTTPS.</summary>
    public bool Insecure { get; init; }

    /// <summary>The bucket in the path; false: in the host name; null: in the host name of AWS only.</summary>
    public bool? PathStyle { get; init; }

    /// <summary>Version of the signature; only v4 is spoken.</summary>
    public string SignatureVersion { get; init; } = "v4";

    /// <summary>Makes the bucket when it is missing.</summary>
    public bool CreateBucket { get; init; }

    /// <summary>Encryption of objects by the store: SSE-S3, SSE-KMS, or "".</summary>
    public string Encryption { get; init; } = "";

    /// <summary>Key of SSE-KMS; "": the store's own.</summary>
    public string KmsKey { get; init; } = "";

    /// <summary>Context of SSE-KMS, a JSON object of texts, or "".</summary>
    public string KmsContext { get; init; } = "";

    /// <summary>Storage class of objects; "": the bucket's own.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary>Bytes of a part; larger objects are put in several.</summary>
    public long PartBytes { get; init; } = 8 << 20;

    /// <summary>Send bodies in signed chunks (aws-chunked), which not every store understands.</summary>
    public bool ChunkedEncoding { get; init; }

    /// <summary>Sign the content of bodies too; without it nobody notices when one is damaged on its way.</summary>
    public bool SignPayload { get; init; } = true;

    /// <summary>Send and check checksums with every object, which not every store understands.</summary>
    public bool Checksums { get; init; }

    /// <summary>How long an idle connection is kept.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Time for the head of an answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Time to connect, TLS included; 0 none.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time to wait for "100 Continue"; 0 sends the body at once.</summary>
    public TimeSpan ContinueTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Connections at once; 0 is any number.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Takes the certificate of the store unseen.</summary>
    public bool SkipVerify { get; init; }

    /// <summary>Takes the options out of the settings.</summary>
    public static S3Options From(Settings settings) => new()
    {
        Endpoint = settings.Text("storage.s3.endpoint"),
        Region = settings.Text("storage.s3.region"),
        Bucket = settings.Text("storage.s3.bucket_name"),
        AccessKey = settings.Text("storage.s3.access_key_id"),
        SecretKey = settings.Text("storage.s3.secret_access_key"),
        DefaultCredentials = settings.Flag("storage.s3.native_aws_auth_enabled"),
        Insecure = settings.Flag("storage.s3.insecure"),
        PathStyle = settings.Flag("storage.s3.force_path_style") ? true : settings.Text("storage.s3.bucket_lookup_type") switch
        {
            "path-style" => true,
            "virtual-hosted-style" => false,
            _ => null,
        },
        SignatureVersion = settings.Text("storage.s3.signature_version"),
        CreateBucket = settings.Flag("storage.s3.create_bucket"),
        Encryption = settings.Text("storage.s3.sse.type"),
        KmsKey = settings.Text("storage.s3.sse.kms_key_id"),
        KmsContext = settings.Text("storage.s3.sse.kms_encryption_context"),
        StorageClass = settings.Text("storage.s3.storage_class"),
        PartBytes = settings.Integer("storage.s3.part_size"),
        ChunkedEncoding = settings.Flag("storage.s3.chunked_encoding"),
        SignPayload = settings.Flag("storage.s3.sign_payload"),
        Checksums = settings.Flag("storage.s3.checksums"),
        IdleTimeout = settings.Duration("storage.s3.http.idle_conn_timeout"),
        AnswerTimeout = settings.Duration("storage.s3.http.response_header_timeout"),
        ConnectTimeout = settings.Duration("storage.s3.http.tls_handshake_timeout"),
        ContinueTimeout = settings.Duration("storage.s3.http.expect_continue_timeout"),
        MaxConnections = (int)Math.Min(int.MaxValue, settings.Integer("storage.s3.http.max_connections_per_host")),
        SkipVerify = settings.Flag("storage.s3.http.insecure_skip_verify"),
    };

    /// <summary>Every fault, one line each; none: the options can be used.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Bucket.Length is < 3 or > 63)
        {
            faults.Add("storage.s3.bucket_name (-storage.s3.bucket-name) must have 3 to 63 characters");
        }

        if (Endpoint.Length == 0 && Region.Length == 0)
        {
            faults.Add("storage.s3.endpoint (-storage.s3.endpoint) or, for AWS, storage.s3.region (-storage.s3.region) must be given");
        }
        else if (Endpoint.Length > 0 && Address is null)
        {
            faults.Add($"storage.s3.endpoint (-storage.s3.endpoint) must be host:port; \"{Endpoint}\" is not");
        }

        if (Endpoint.StartsWith("https://", StringComparison.OrdinalIgnoreCase) && Insecure)
        {
            faults.Add("storage.s3.endpoint says https and storage.s3.insecure says http");
        }

        if (!DefaultCredentials && (AccessKey.Length == 0) != (SecretKey.Length == 0))
        {
            faults.Add("storage.s3.access_key_id and storage.s3.secret_access_key must be given together or not at all");
        }

        if (SignatureVersion != "v4")
        {
            faults.Add($"storage.s3.signature_version {SignatureVersion} is not supported; every store takes v4");
        }

        if (PartBytes is < SmallestPart or > 1 << 30)
        {
            faults.Add("storage.s3.part_size (-storage.s3.part-size) must be between 5 MiB and 1 GiB");
        }

        if (!SignPayload && IsHttp)
        {
            faults.Add("storage.s3.sign_payload can be switched off only over HTTPS");
        }

        if (AnswerTimeout <= TimeSpan.Zero)
        {
            faults.Add("storage.s3.http.response_header_timeout must be positive");
        }

        return faults;
    }

    /// <summary>Whether HTTP is spoken.</summary>
    public bool IsHttp => Insecure || Endpoint.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Address of the service; null when the endpoint is none.</summary>
    public Uri? Address
    {
        get
        {
            string text = Endpoint.Contains("://", StringComparison.Ordinal) ? Endpoint : $"{(Insecure ? "http" : "https")}://{Endpoint}";
            return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0
                ? uri
                : null;
        }
    }

    /// <summary>Whether it is AWS itself.</summary>
    public bool IsAws => Endpoint.Length == 0 || (Address?.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase) ?? false);

    /// <summary>Whether the bucket stands in the path: no certificate covers a name with a dot in it before that of AWS.</summary>
    public bool UsesPathStyle => PathStyle ?? (!IsAws || Bucket.Contains('.'));

    /// <summary>Region that requests are signed for.</summary>
    public string SigningRegion
    {
        get
        {
            if (Region.Length > 0 || !IsAws)
            {
                return Region.Length > 0 ? Region : "us-east-1";
            }

            // s3.eu-west-1.amazonaws.com, s3-eu-west-1.amazonaws.com, s3.amazonaws.com
            string[] parts = Address!.Host.Split('.', '-');
            return parts is ["s3", "amazonaws", "com"] ? "us-east-1" : string.Join('-', parts[1..^2]);
        }
    }

    /// <summary>The context of SSE-KMS as the store wants it; null when there is none.</summary>
    public string? EncodedKmsContext => KmsContext.Length == 0
        ? null
        : Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(JsonSerializer.Deserialize<SortedDictionary<string, string>>(KmsContext))));

    /// <summary>Bucket and endpoint; no secret.</summary>
    public override string ToString() => Endpoint.Length == 0 ? $"s3 {Bucket} in {Region}" : $"s3 {Bucket} at {Endpoint}";
}
