using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.ServiceDefaults.Operations;
using Pyro.Tenancy;
using Pyro.Tests.Unit.Configuration;

namespace Pyro.Tests.Unit.Operations;

public sealed class RuntimeConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-test-").FullName;
    private readonly FakeTimeProvider _time = new();

    private string FileName => Path.Combine(_folder, "overrides.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Limits_are_in_force_at_start_and_follow_the_file()
    {
        Write(7);
        var (config, overrides) = Create();
        using (config)
        {
            await config.StartAsync(TestContext.Current.CancellationToken);
            Assert.Equal(7, overrides.For("a").MaxGlobalSeriesPerTenant);
            Assert.Equal(5000, overrides.For("b").MaxGlobalSeriesPerTenant);

            Write(8);
            _time.Advance(TimeSpan.FromSeconds(9));
            Assert.Equal(7, overrides.For("a").MaxGlobalSeriesPerTenant);
            for (var i = 0; i < 1000 && overrides.For("a").MaxGlobalSeriesPerTenant != 8; i++)
            {
                _time.Advance(TimeSpan.FromSeconds(10));
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }
            Assert.Equal(8, overrides.For("a").MaxGlobalSeriesPerTenant);
            Assert.Contains("max_global_series_per_tenant: 8", config.Current!.DiffText, StringComparison.Ordinal);
            await config.StopAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("overrides:\n  a:\n    nothing_like_this: 1\n")]
    [InlineData("overrides: [")]
    [InlineData(null)]
    public async Task A_file_that_cannot_be_used_later_changes_nothing(string? content)
    {
        Write(7);
        var (config, overrides) = Create();
        using (config)
        {
            await config.StartAsync(TestContext.Current.CancellationToken);
            if (content is null)
                File.Delete(FileName);
            else
                File.WriteAllText(FileName, content);
            config.Reload();
            Assert.Equal((7, 0), (overrides.For("a").MaxGlobalSeriesPerTenant, Gauge("pyroscope_runtime_config_last_reload_successful")));
            Write(9);
            config.Reload();
            Assert.Equal((9, 1), (overrides.For("a").MaxGlobalSeriesPerTenant, Gauge("pyroscope_runtime_config_last_reload_successful")));
            await config.StopAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_used_at_start_is_told()
    {
        Assert.Contains(FileName, RuntimeConfig.Fault(Loading.Settings($"-runtime-config.file={FileName}")), StringComparison.Ordinal);
        File.WriteAllText(FileName, "overrides:\n  a:\n    nothing_like_this: 1\n");
        Assert.Contains("nothing_like_this", RuntimeConfig.Fault(Loading.Settings($"-runtime-config.file={FileName}")), StringComparison.Ordinal);
        Write(1);
        Assert.Null(RuntimeConfig.Fault(Loading.Settings($"-runtime-config.file={FileName}")));
        Assert.Null(RuntimeConfig.Fault(Loading.Settings()));
    }

    private static int Gauge(string name)
    {
        var value = -1;
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Name == name)
                own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, measured, _, _) => value = measured);
        listener.Start();
        listener.RecordObservableInstruments();
        return value;
    }

    private void Write(int series) => File.WriteAllText(FileName, $"overrides:\n  a:\n    max_global_series_per_tenant: {series}\n");

    private (RuntimeConfig Config, Overrides Overrides) Create()
    {
        var settings = Loading.Settings($"-runtime-config.file={FileName}");
        var overrides = new Overrides(TenantLimits.From(settings));
        return (new RuntimeConfig(settings, overrides, _time, NullLogger<RuntimeConfig>.Instance), overrides);
    }
}
