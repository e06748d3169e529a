using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>What the person at the terminal is told: a line for each change of state, and problems with their cause.</summary>
internal sealed class Terminal(ILogger logger)
{
    /// <summary>Something happened as it should.</summary>
    public void Say(string text) => logger.LogInformation("{Text}", text);

    /// <summary>Something that may need attention.</summary>
    public void Warn(string text) => logger.LogWarning("{Text}", text);

    /// <summary>Something failed.</summary>
    public void Fail(string text) => logger.LogError("{Text}", text);
}
