using Microsoft.Extensions.Time.Testing;

namespace Pyro.Tests.Unit.House;

public sealed class StalledRunTests
{
    [Fact]
    public void Only_a_run_in_which_nothing_begins_or_ends_for_long_is_stalled()
    {
        var time = new FakeTimeProvider();
        var run = new StalledRun(time, TimeSpan.FromMinutes(10));
        run.Begin("whole");
        run.Begin("hangs");
        time.Advance(TimeSpan.FromMinutes(9));
        run.End("whole");
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Null(run.Look());
        run.Begin("late");
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("No test has begun or ended for 00:10:00. 1 tests ended; running: hangs, late; the last that ended: whole.", run.Look());
    }
}
