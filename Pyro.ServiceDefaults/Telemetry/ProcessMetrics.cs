using System.Diagnostics;
using System.Diagnostics.Metrics;
using Pyro.Memory;

namespace Pyro.ServiceDefaults.Telemetry;

/// <summary>The <c>process_…</c> metrics that Prometheus' client libraries export, by their usual names, and how much of the memory budget is held.</summary>
internal sealed class ProcessMetrics : IDisposable
{
    private readonly Meter _meter = new("Pyro.Process");
    private readonly Process _process = Process.GetCurrentProcess();

    public ProcessMetrics(MemoryLedger ledger)
    {
        var started = new DateTimeOffset(_process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        _meter.CreateObservableCounter("process_cpu_seconds_total", () => _process.TotalProcessorTime.TotalSeconds, description: "User and system CPU time spent, in seconds.");
        _meter.CreateObservableGauge("pyro_memory_budget_bytes", () => ledger.Budget, description: "Memory that profiles, requests and caches may hold.");
        _meter.CreateObservableGauge("pyro_memory_used_bytes", () => ledger.Used, description: "Memory of the budget that is held now.");
        _meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, description: "Resident memory size in bytes.");
        _meter.CreateObservableGauge("process_virtual_memory_bytes", () => Refreshed().VirtualMemorySize64, description: "Virtual memory size in bytes.");
        _meter.CreateObservableGauge("process_start_time_seconds", () => started, description: "Start time of the process since unix epoch in seconds.");
        if (OperatingSystem.IsLinux())
            _meter.CreateObservableGauge("process_open_fds", () => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(), description: "Number of open file descriptors.");
    }

    public void Dispose()
    {
        _meter.Dispose();
        _process.Dispose();
    }

    private Process Refreshed()
    {
        _process.Refresh();
        return _process;
    }
}
