using Aspire.Dashboard;
using Aspire.Dashboard.ConsoleLogs;

namespace Pyro.Tests.Unit.Dashboard;

/// <summary>The lines of an open page: bounded, searchable, in order.</summary>
public sealed class ConsoleViewTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void The_newest_lines_and_their_matches_stay()
    {
        var view = new ConsoleView(maxLines: 1000);
        view.Find("7");
        for (var i = 0; i < 50; i++)
        {
            view.Take("shop", Lines(i * 100, 100));
            Assert.True(view.Drain());
        }
        Assert.False(view.Drain());
        Assert.Equal((1000, 4000L), (view.Total, view.Dropped));
        var expected = Enumerable.Range(4000, 1000).Where(number => number.ToString().Contains('7')).Select(number => $"line {number}").ToList();
        Assert.Equal(expected, view.Lines(0, view.Count).Select(line => line.Plain));
        view.Find("");
        Assert.Equal("line 4000", view.Lines(0, 1).Single().Plain);
        Assert.Equal("line 4999", view.Lines(999, 10).Single().Plain);
        view.Find("LINE 4321");
        Assert.Equal("line 4321", view.Lines(0, 10).Single().Plain);
        view.Clear();
        Assert.Equal((0, 0), (view.Count, view.Total));
    }

    [Fact]
    public void Characters_are_bounded_too()
    {
        var view = new ConsoleView(maxCharacters: 100_000);
        view.Take("shop", [.. Enumerable.Range(0, 100).Select(i => new DashboardLogLine(i, Start, new string('x', 1_000_000), false))]);
        view.Drain();
        Assert.InRange(view.Total, 10, 13);
        Assert.All(view.Lines(0, 100), line => Assert.Equal(ConsoleView.MaxLineLength + 1, line.Plain.Length));
    }

    [Fact]
    public void What_waits_while_paused_is_bounded()
    {
        var view = new ConsoleView(maxLines: 100);
        for (var i = 0; i < 100; i++)
            view.Take("shop", Lines(i * 100, 100));
        view.Drain();
        Assert.Equal("line 9900", view.Lines(0, 1).Single().Plain);
        Assert.Equal(9900, view.Dropped);
    }

    [Fact]
    public void Lines_of_several_instances_are_put_in_order()
    {
        var view = new ConsoleView();
        view.Take("a", [new(1, Start, "1", false), new(2, Start.AddSeconds(2), "3", false), new(3, Start.AddSeconds(2), "4", false)]);
        view.Take("b", [new(1, Start.AddSeconds(1), "2", false), new(2, Start.AddSeconds(3), "5", false)]);
        view.Drain();
        Assert.Equal("1a 2b 3a 4a 5b", string.Join(' ', view.Lines(0, 9).Select(line => line.Plain + line.Instance)));
    }

    [Theory]
    [InlineData("plain", "plain|")]
    [InlineData("\u001b[31mred\u001b[0m plain", "red|c1 ; plain|")]
    [InlineData("\u001b[1;92mbold\u001b[22m not\u001b[39m none", "bold|c10 b; not|c10; none|")]
    [InlineData("\u001b[38;5;3mpalette\u001b[38;5;200mfar\u001b[38;2;1;2;3mtrue", "palette|c3;far|;true|")]
    [InlineData("\u001b[2K\u001b[1Gcleared\r", "cleared|")]
    [InlineData("tab\tstays\u0007", "tab\tstays|")]
    [InlineData("\u001b[31", "")]
    [InlineData("\u001b", "")]
    [InlineData("\u001b[m\u001b[;;mx", "x|")]
    public void Colours_become_styles_and_controls_go(string text, string expected)
    {
        Assert.Equal(expected.Replace(" ;", ";"), string.Join(';', AnsiText.Parse(text).Select(part => $"{part.Text}|{part.Style}")));
        Assert.Equal(string.Concat(AnsiText.Parse(text).Select(part => part.Text)), AnsiText.Strip(text));
    }

    [Fact]
    public void Any_text_can_be_shown() => Fuzz.RunText("ansi", ["\u001b[31mred\u001b[0m", "\u001b[38;5;1;48;2;1;2;3;4m"], text => Assert.DoesNotContain('\u001b', AnsiText.Strip(text)));

    private static DashboardLogLine[] Lines(int first, int count) => [.. Enumerable.Range(first, count).Select(number => new DashboardLogLine(number, Start.AddSeconds(number), $"line {number}", false))];
}
