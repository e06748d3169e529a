using System.Text;
using Aspire.Hosting.Running;

namespace Pyro.Tests.Unit.Aspire.Running;

public sealed class LineTests
{
    [Theory]
    [InlineData("a\nb\r\nc", new[] { "a", "b", "c" })]
    [InlineData("\n\n", new[] { "", "" })]
    [InlineData("", new string[0])]
    public async Task Text_is_cut_at_line_ends(string text, string[] expected)
    {
        var lines = new List<string>();
        await LineReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), lines.Add, CancellationToken.None);
        Assert.Equal(expected, lines);
    }

    [Fact]
    public async Task Characters_and_lines_survive_any_cut_of_the_stream()
    {
        var lines = new List<string>();
        await LineReader.Read(new SlowStream(Encoding.UTF8.GetBytes("größe €\r\n😀 zwei\n")), lines.Add, CancellationToken.None);
        Assert.Equal(["größe €", "😀 zwei"], lines);
    }

    [Fact]
    public async Task A_line_without_end_is_cut_into_pieces()
    {
        var lines = new List<string>();
        await LineReader.Read(new MemoryStream(new byte[LineReader.MaxLine * 3 + 5]), lines.Add, CancellationToken.None);
        Assert.Equal([LineReader.MaxLine, LineReader.MaxLine, LineReader.MaxLine, 5], lines.Select(line => line.Length));
    }

    [Fact]
    public async Task The_queue_keeps_the_newest_lines_and_says_how_many_it_dropped()
    {
        var queue = new LineQueue(maxLines: 3);
        for (var i = 0; i < 10; i++)
            queue.Add(new(default, $"{i}", false));
        var lines = await queue.Take(CancellationToken.None);
        Assert.Equal(["[7 lines left out: they came faster than they could be kept]", "7", "8", "9"], lines!.Select(line => line.Text));
        queue.Add(new(default, "10", false));
        Assert.Equal("10", Assert.Single((await queue.Take(CancellationToken.None))!).Text);
        queue.Complete();
        Assert.Null(await queue.Take(CancellationToken.None));
    }

    [Fact]
    public async Task The_queue_is_bounded_in_characters_too()
    {
        var queue = new LineQueue(maxLines: 100, maxCharacters: 1000);
        for (var i = 0; i < 10; i++)
            queue.Add(new(default, new string('x', 400), false));
        Assert.Equal(3, (await queue.Take(CancellationToken.None))!.Count);
    }

    [Theory]
    [InlineData("level=error msg=broken|level=info msg=\"Pyro is up\"", "Its last error: level=error msg=broken")]
    [InlineData("Unhandled exception. System.IO.IOException: no|   at Program.Main", "Its last error: Unhandled exception. System.IO.IOException: no")]
    [InlineData("!TypeError: x is not a function|!    at main.mjs:3|!Node.js v22", "Its last error: TypeError: x is not a function")]
    [InlineData("!no such folder|bye|  ", "Its last line: no such folder")]
    [InlineData("one|two", "Its last line: two")]
    [InlineData("", null)]
    public void Why_a_process_ended_is_its_last_error_else_its_last_line(string lines, string? cause)
    {
        var last = new LastLines();
        last.Add([.. lines.Split('|').Select(line => new ProcessLine(default, line.TrimStart('!'), line.StartsWith('!')))]);
        Assert.Equal(cause, last.Cause());
        last.Clear();
        Assert.Null(last.Cause());
    }

    [Fact]
    public void Patience_ends_for_a_reason()
    {
        using var hurry = new Hurry(CancellationToken.None);
        Assert.Null(hurry.Reason);
        hurry.Begin("Ctrl+C was pressed again");
        Assert.True(hurry.Token.IsCancellationRequested);
        Assert.Equal("Ctrl+C was pressed again", hurry.Reason);
    }

    private sealed class SlowStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
