using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pyro.Configuration;
using Pyro.Tenancy;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>
/// The limits of tenants in the files of <c>-runtime-config.file</c>: in force before the first request, and read again every
/// <c>-runtime-config.reload-period</c>. Files that cannot be used leave what is in force as it is.
/// </summary>
internal sealed class RuntimeConfig : BackgroundService
{
    private readonly Settings _settings;
    private readonly Overrides _overrides;
    private readonly TimeProvider _time;
    private readonly ILogger<RuntimeConfig> _log;
    private readonly Meter _meter = new("Pyro");
    private volatile OverridesFile? _current;
    private volatile string _hash = "";
    private volatile bool _lastReloadSucceeded;

    public RuntimeConfig(Settings settings, Overrides overrides, TimeProvider time, ILogger<RuntimeConfig> log)
    {
        (_settings, _overrides, _time, _log) = (settings, overrides, time, log);
        _meter.CreateObservableGauge(
            "pyroscope_runtime_config_last_reload_successful",
            () => new Measurement<int>(_lastReloadSucceeded ? 1 : 0, new KeyValuePair<string, object?>("config", "pyroscope")),
            description: "Whether the last reading of the runtime configuration succeeded.");
        _meter.CreateObservableGauge(
            "pyroscope_runtime_config_hash",
            () => new Measurement<int>(1, new("config", "pyroscope"), new KeyValuePair<string, object?>("sha256", _hash)),
            description: "SHA-256 of the runtime configuration in force.");
    }

    /// <summary>What is in force; null before the first files were read.</summary>
    public OverridesFile? Current => _current;

    /// <summary>Whether any file is named.</summary>
    public static bool IsOn(Settings settings) => settings.List("runtime_config.file").Count > 0;

    /// <summary>Why the files cannot be used, or null when they can or there are none.</summary>
    public static string? Fault(Settings settings)
    {
        try
        {
            OverridesFile.Read(ReadFiles(settings), settings);
            return null;
        }
        catch (Exception e) when (IsExpected(e))
        {
            return $"runtime configuration: {e.Message}";
        }
    }

    /// <summary>Puts the first files in force before the server listens.</summary>
    /// <exception cref="LimitsException">They cannot be used.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Apply(ReadFiles(_settings));
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Reads the files again and puts them in force when they changed and can be used.</summary>
    internal void Reload()
    {
        try
        {
            Apply(ReadFiles(_settings));
        }
        catch (Exception e) when (IsExpected(e))
        {
            _lastReloadSucceeded = false;
            _log.LogError("The runtime configuration cannot be used, the one before stays in force: {Reason}", e.Message);
        }
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_settings.Duration("runtime_config.period"), _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Reload();
    }

    private void Apply(List<(string Name, byte[] Content)> files)
    {
        var hash = Hash(files);
        if (hash != _hash)
        {
            var read = OverridesFile.Read(files, _settings);
            foreach (var warning in read.Warnings)
                _log.Log(LogLevel.Warning, default, warning, null, static (text, _) => text);
            (_current, _hash) = (read, hash);
            // Last: where the limits are in force, they are also told.
            _overrides.Replace(read.Limits);
            _log.LogInformation("The runtime configuration is in force: limits of {Tenants} tenants", read.Limits.Count);
        }
        _lastReloadSucceeded = true;
    }

    private static string Hash(List<(string Name, byte[] Content)> files)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, content) in files)
            all.AppendData(SHA256.HashData(content));
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    private static List<(string Name, byte[] Content)> ReadFiles(Settings settings) =>
        [.. settings.List("runtime_config.file").Select(name => (name, ConfigurationFile.Read(name)))];

    private static bool IsExpected(Exception e) => e is IOException or UnauthorizedAccessException or LimitsException;
}
