namespace Aspire.StandIns.S3;

/// <summary>How the server is set up.</summary>
internal sealed record S3Options
{
    /// <summary>Where buckets are kept.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Port of the loopback address; 0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>The one access key.</summary>
    public string AccessKey { get; init; } = "";

    /// <summary>Its secret.</summary>
    public string SecretKey { get; init; } = "";

    /// <summary>The region that requests have to be signed for; "": any.</summary>
    public string Region { get; init; } = "";

    /// <summary>The domain in whose names buckets may stand, as in <c>bucket.domain</c>; "": they stand in paths only.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Whether faults can be asked for at <see cref="Faults.FaultPath.Path"/>.</summary>
    public bool TakesFaults { get; init; }

    /// <summary>Tells the time that signatures are compared with.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Credentials, region and domain from the variables that MinIO reads.</summary>
    public static S3Options FromEnvironment() => new()
    {
        AccessKey = Environment.GetEnvironmentVariable("MINIO_ROOT_USER") ?? "",
        SecretKey = Environment.GetEnvironmentVariable("MINIO_ROOT_PASSWORD") ?? "",
        Region = Environment.GetEnvironmentVariable("MINIO_REGION") ?? "",
        Domain = Environment.GetEnvironmentVariable("MINIO_DOMAIN") ?? "",
    };

    /// <summary>The bucket that stands in the name of a host, or "".</summary>
    public string BucketOf(string host) =>
        Domain.Length > 0 && host.EndsWith("." + Domain, StringComparison.OrdinalIgnoreCase) ? host[..^(Domain.Length + 1)] : "";

    /// <summary>What is wrong with them, or null. The lengths are MinIO's.</summary>
    public string? Fault() =>
        Folder.Length == 0 ? "--data DIR is missing: where buckets are kept"
        : AccessKey.Length < 3 ? "MINIO_ROOT_USER must have at least 3 characters"
        : SecretKey.Length < 8 ? "MINIO_ROOT_PASSWORD must have at least 8 characters"
        : null;
}
