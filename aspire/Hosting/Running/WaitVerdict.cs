using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Running;

/// <summary>How a wait stands.</summary>
internal enum WaitOutcome
{
    /// <summary>Not yet.</summary>
    Pending,

    /// <summary>All is as it should be.</summary>
    Satisfied,

    /// <summary>Not by itself; somebody may start the resource again.</summary>
    Unavailable,

    /// <summary>Never.</summary>
    Failed,
}

/// <summary>How a wait stands, judged by the instances of the resource waited for, and why.</summary>
internal readonly record struct WaitVerdict(WaitOutcome Outcome, string Reason)
{
    /// <summary>Judges.</summary>
    public static WaitVerdict Of(WaitAnnotation wait, IReadOnlyList<CustomResourceSnapshot> instances)
    {
        var name = wait.Resource.Name;
        if (instances.Count == 0)
            return new(WaitOutcome.Pending, $"{name} is not known yet");
        return wait.WaitType == WaitType.WaitForCompletion ? Completion(name, wait.ExitCode, instances) : Running(name, wait.WaitType, instances);
    }

    private static WaitVerdict Completion(string name, int expected, IReadOnlyList<CustomResourceSnapshot> instances)
    {
        foreach (var instance in instances)
        {
            var state = instance.State?.Text;
            if (state == KnownResourceStates.FailedToStart)
                return new(WaitOutcome.Failed, $"{name} failed to start, so it cannot complete");
            if (state is not null && KnownResourceStates.TerminalStates.Contains(state) && instance.ExitCode != expected)
                return new(WaitOutcome.Failed, $"{name} ended with exit code {instance.ExitCode?.ToString() ?? "unknown"} instead of {expected}");
        }
        var running = instances.FirstOrDefault(instance => instance.State is null || !KnownResourceStates.TerminalStates.Contains(instance.State.Text));
        return running is null ? new(WaitOutcome.Satisfied, "") : new(WaitOutcome.Pending, $"{name} has not completed: {running.State?.Text ?? "not started"}");
    }

    private static WaitVerdict Running(string name, WaitType type, IReadOnlyList<CustomResourceSnapshot> instances)
    {
        if (instances.FirstOrDefault(ResourceNotificationService.IsUnavailable) is { } gone)
            return new(WaitOutcome.Unavailable, $"{name} is {gone.State!.Text}{(gone.ExitCode is { } code ? $" (exit code {code})" : "")}");
        foreach (var instance in instances)
        {
            if (instance.State?.Text != KnownResourceStates.Running)
                return new(WaitOutcome.Pending, $"{name} is {instance.State?.Text ?? "not started"}");
            if (type == WaitType.WaitUntilHealthy && instance.HealthStatus != HealthStatus.Healthy)
                return new(WaitOutcome.Pending, $"{name} runs but is not healthy: {Unhealthy(instance)}");
        }
        return new(WaitOutcome.Satisfied, "");
    }

    private static string Unhealthy(CustomResourceSnapshot instance) => string.Join("; ", instance.HealthReports
        .Where(report => report.Status != HealthStatus.Healthy)
        .Select(report => report.Status is null ? $"{report.Name} has not run yet" : report.Description ?? report.Name));
}
