using System.Globalization;
using System.Reflection;

namespace Aspire.Hosting.Running;

/// <summary>The stand-in of MinIO: a server of S3's protocol that takes the same variables and keeps its data in the same volume.</summary>
internal static class S3StandIn
{
    /// <summary>The image in whose place it runs.</summary>
    public const string Image = "minio/minio";

    /// <summary>The metadata by which this assembly names the program.</summary>
    private const string ProgramKey = "standinsprogram";

    private const int ServicePort = 9000;
    private const string DataPath = "/data";
    private static readonly string[] Variables = ["MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", "MINIO_REGION"];

    /// <summary>How it is started.</summary>
    /// <exception cref="LaunchException">It was not built, or the resource has no endpoint of MinIO's port.</exception>
    public static Launch Launch(StandInRequest request)
    {
        if (!request.Ports.TryGetValue(ServicePort, out var port))
            throw new LaunchException($"Container '{request.Resource}' has no endpoint with the target port {ServicePort}, at which MinIO listens.");
        var program = ProjectPrograms.Program(Target());
        var folder = request.Folders.TryGetValue(DataPath, out var kept) ? kept : Directory.CreateTempSubdirectory($"{request.Resource}-").FullName;
        return new(
            program.Path, [.. program.Arguments, "s3", "--port", port.ToString(CultureInfo.InvariantCulture), "--data", folder], folder,
            request.Environment.Where(one => Variables.Contains(one.Key)).ToDictionary(StringComparer.Ordinal));
    }

    private static string Target()
    {
        var target = typeof(S3StandIn).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(one => one.Key == ProgramKey)?.Value;
        return File.Exists(target) ? target : throw new LaunchException($"The stand-in for {Image} was not built: {target ?? "no path"} does not exist.");
    }
}
