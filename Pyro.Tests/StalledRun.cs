using System.Reflection;
using Xunit.v3;

// What servers in this process print belongs to the tests that run them.
[assembly: CaptureConsole]
[assembly: Pyro.Tests.EndsWhenStalled]

namespace Pyro.Tests;

/// <summary>
/// How a run of tests goes on: tells when no test has begun or ended for long, and which were running, since of a run that hangs nobody else would learn
/// where.
/// </summary>
/// <param name="time">Measures it.</param>
/// <param name="patience">How long is long.</param>
internal sealed class StalledRun(TimeProvider time, TimeSpan patience)
{
    private readonly Lock _gate = new();
    private readonly List<string> _running = [];
    private int _ended;
    private string _last = "none";
    private long _moved = time.GetTimestamp();

    /// <summary>How many have ended, and which are running.</summary>
    public string Progress
    {
        get
        {
            lock (_gate)
            {
                return $"{_ended} tests ended; running: {(_running.Count > 0 ? string.Join(", ", _running) : "none")}";
            }
        }
    }

    /// <summary>Notes that a test begins.</summary>
    public void Begin(string test)
    {
        lock (_gate)
        {
            _moved = time.GetTimestamp();
            _running.Add(test);
        }
    }

    /// <summary>Notes that it ended.</summary>
    public void End(string test)
    {
        lock (_gate)
        {
            _moved = time.GetTimestamp();
            _running.Remove(test);
            _last = test;
            _ended++;
        }
    }

    /// <summary>Where it hangs; null: it does not.</summary>
    public string? Look()
    {
        lock (_gate)
        {
            // What no test is running for is a fixture, that of a class after the one that ended last.
            return time.GetElapsedTime(_moved) < patience ? null : $"No test has begun or ended for {patience}. {Progress}; the last that ended: {_last}.";
        }
    }
}

/// <summary>Tells once a minute how the run goes on, and ends the process when it stalls.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class EndsWhenStalledAttribute : BeforeAfterTestAttribute
{
    private static readonly StalledRun Run = Watched();

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => Run.Begin(test.TestDisplayName);

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test) => Run.End(test.TestDisplayName);

    // On a thread of its own: what hangs may have taken all of the pool's.
    private static StalledRun Watched()
    {
        var run = new StalledRun(TimeProvider.System, Environment.GetEnvironmentVariable("PYRO_LONG") is null ? TimeSpan.FromMinutes(20) : TimeSpan.FromHours(3));
        new Thread(() =>
        {
            using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
            for (var minute = 1; ; minute++)
            {
                Thread.Sleep(TimeSpan.FromMinutes(1));
                output.WriteLine($"  {minute} min: {run.Progress}");
                if (run.Look() is { } where)
                {
                    Environment.FailFast(where);
                }
            }
        })
        { IsBackground = true, Name = "stalled run" }.UnsafeStart();
        return run;
    }
}
