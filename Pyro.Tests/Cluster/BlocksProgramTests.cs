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

        var (code, output, error) = await Run("blocks", "verify", _folder);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("1 blocks, 0 faults", output, StringComparison.Ordinal);

        // The bucket of the server's settings is the same one.
        (code, output, _) = await Run("blocks", "list", "-storage.backend=filesystem", $"-storage.filesystem.dir={_folder}");
        Assert.Equal(0, code);
        Assert.Contains(SmallBlock.Name, output, StringComparison.Ordinal);

        File.Delete(Path.Combine(block, "symbols.symdb"));
        (code, output, _) = await Run("blocks", "verify", _folder);
        Assert.Equal(1, code);
        Assert.Contains(SmallBlock.Folder + "symbols.symdb: is not there", output, StringComparison.Ordinal);

        (code, _, error) = await Run("blocks", "verify", Path.Combine(_folder, "gone"));
        Assert.Equal(2, code);
        Assert.StartsWith("there is no directory", error, StringComparison.Ordinal);
    }

    internal static async Task<(int Code, string Output, string Error)> Run(params string[] words)
    {
        var start = new ProcessStartInfo(RunningPyro.Program, words) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var program = Process.Start(start)!;
        var output = program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (program.ExitCode, await output, await error);
    }
}
