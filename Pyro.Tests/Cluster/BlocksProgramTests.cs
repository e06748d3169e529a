using System.Diagnostics;
using Pyro.Tests.Unit.Blocks.Verifying;

namespace Pyro.Tests.Cluster;

/// <summary>`pyro blocks` as the real program.</summary>
public sealed class BlocksProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-blocks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Verify_tells_by_its_exit_code_whether_blocks_are_sound()
    {
        var block = Path.Combine(_folder, SmallBlock.Folder);
        Directory.CreateDirectory(block);
        foreach (var (path, bytes) in await new SmallBlock().Files())
        {
            await File.WriteAllBytesAsync(Path.Combine(block, path), bytes, TestContext.Current.CancellationToken);
        }

        var (code, output, error) = await RunPyro("blocks", "verify", _folder);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("1 block verified; 0 faults", output, StringComparison.Ordinal);

        // The bucket of the server's settings is the same one.
        (code, output, _) = await RunPyro("blocks", "list", "-storage.backend=filesystem", $"-storage.filesystem.dir={_folder}");
        Assert.Equal(0, code);
        Assert.Contains(SmallBlock.Name, output, StringComparison.Ordinal);

        File.Delete(Path.Combine(block, "symbols.symdb"));
        (code, output, _) = await RunPyro("blocks", "verify", _folder);
        Assert.Equal(1, code);
        Assert.Contains(SmallBlock.Folder + "symbols.symdb: is not there", output, StringComparison.Ordinal);

        (code, _, error) = await RunPyro("blocks", "verify", Path.Combine(_folder, "gone"));
        Assert.Equal(2, code);
        Assert.StartsWith("there is no directory", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_shows_on_a_terminal_how_far_it_is()
    {
        var block = Directory.CreateDirectory(Path.Combine(_folder, SmallBlock.Folder)).FullName;
        foreach (var (path, bytes) in await new SmallBlock().Files())
        {
            await File.WriteAllBytesAsync(Path.Combine(block, path), bytes, TestContext.Current.CancellationToken);
        }

        // What script runs has a terminal.
        var (code, output, _) = await Run("script", "-qec", $"'{RunningPyro.Program}' blocks verify '{_folder}'", "/dev/null");
        Assert.Equal(0, code);
        Assert.Contains("100%", output, StringComparison.Ordinal);
        Assert.Contains("1 block verified; 0 faults", output, StringComparison.Ordinal);

        // A fault stands in a line of its own, however long.
        File.Delete(Path.Combine(block, "symbols.symdb"));
        (code, output, _) = await Run("script", "-qec", $"'{RunningPyro.Program}' blocks verify '{_folder}'", "/dev/null");
        Assert.Equal(1, code);
        Assert.Contains(SmallBlock.Folder + "symbols.symdb: is not there\r\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_command_line_is_no_fault_of_blocks()
    {
        foreach (var words in (string[][])[["blocks"], ["blocks", "lst", "."], ["blocks", "verify", "--json=maybe", "."]])
        {
            Assert.Equal(2, (await RunPyro(words)).Code);
        }
    }

    internal static Task<(int Code, string Output, string Error)> RunPyro(params string[] words) => Run(RunningPyro.Program, words);

    private static async Task<(int Code, string Output, string Error)> Run(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program, words) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.Ended();
        return (process.ExitCode, await output, await error);
    }
}
