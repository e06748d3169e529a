using Aspire.Hosting.Running;

namespace Pyro.Tests.Unit.Aspire.Running;

public sealed class ProcessTreeTests
{
    [Fact]
    public async Task Lines_of_both_streams_arrive_with_their_kind_and_the_exit_code_follows_them()
    {
        var (tree, lines) = Shell.Start("echo \"out $WHO\"; echo err >&2; printf 'no end'; exit 7", environment: ("WHO", "ä"));
        await using var _ = tree;
        Assert.Equal(7, await tree.Exit);
        Assert.Equal(["no end", "out ä"], lines.Where(line => !line.IsError).Select(line => line.Text).Order(StringComparer.Ordinal));
        Assert.Equal("err", Assert.Single(lines, line => line.IsError).Text);
    }

    [Fact]
    public async Task Arguments_and_names_of_variables_reach_the_program_unchanged()
    {
        var lines = new List<string>();
        var launch = new Launch("env", ["printf", "%s|", "a b", "$HOME", "'\"", ""], "/", new Dictionary<string, string>());
        await using (var tree = ProcessTree.Start(launch, null, batch => lines.AddRange(batch.Select(line => line.Text))))
            await tree.Exit;
        Assert.Equal("a b|$HOME|'\"||", Assert.Single(lines));

        lines.Clear();
        launch = new Launch("env", [], "/", new Dictionary<string, string> { ["services__query-frontend__http__0"] = "x" });
        await using (var tree = ProcessTree.Start(launch, null, batch => lines.AddRange(batch.Select(line => line.Text))))
            await tree.Exit;
        Assert.Contains("services__query-frontend__http__0=x", lines);
    }

    [Fact]
    public async Task The_process_id_is_that_of_the_program_and_leads_a_group_of_its_own()
    {
        var (tree, lines) = Shell.Start("echo $$; cut -d' ' -f5 /proc/$$/stat; exec sleep 60");
        await using var _ = tree;
        await Shell.Until(() => lines.Count == 2, "two lines");
        Assert.All(lines, line => Assert.Equal(tree.Id.ToString(), line.Text));
    }

    [Fact]
    public async Task Stop_asks_every_process_of_the_tree_to_end()
    {
        var (tree, lines) = Shell.Start("(trap 'echo child ended; exit 0' TERM; echo child up; while :; do sleep 0.05; done) & trap 'echo parent ended; wait; exit 3' TERM; echo parent up; while :; do sleep 0.05; done");
        await using var _ = tree;
        await Shell.Until(() => lines.Count == 2, "both to have set what they do at their end");
        var (code, killed) = await tree.Stop(TimeSpan.FromMinutes(5), CancellationToken.None);
        Assert.Equal((3, false), (code, killed));
        Assert.Contains("child ended", lines.Select(line => line.Text));
        Assert.Contains("parent ended", lines.Select(line => line.Text));
    }

    [Fact]
    public async Task What_hangs_on_stop_is_killed_after_the_grace_children_included()
    {
        var (tree, lines) = Shell.Start("trap '' TERM; sleep 60 & echo $!; while :; do sleep 1; done");
        await using var _ = tree;
        var child = int.Parse((await Shell.Until(() => lines.FirstOrDefault().Text, "the child's id"))!);
        var (code, killed) = await tree.Stop(TimeSpan.FromMilliseconds(200), CancellationToken.None);
        Assert.Equal((137, true), (code, killed));
        await Shell.Until(() => !Shell.IsAlive(child), "the child's end");
    }

    [Fact]
    public async Task Children_do_not_outlive_the_first_process_and_do_not_hold_up_its_end()
    {
        var (tree, lines) = Shell.Start("trap '' HUP; sleep 600 & echo $!; exit 5");
        await using var _ = tree;
        Assert.Equal(5, await tree.Exit.WaitAsync(TimeSpan.FromMinutes(5)));
        var child = int.Parse(lines.First().Text);
        await Shell.Until(() => !Shell.IsAlive(child), "the child's end");
    }

    [Fact]
    public void A_program_or_folder_that_does_not_exist_is_said_so()
    {
        var none = Assert.Throws<LaunchException>(() => ProcessTree.Start(new("no-such-program", [], "/", new Dictionary<string, string>()), null, _ => { }));
        Assert.Contains("no-such-program", none.Message);
        var folder = Assert.Throws<LaunchException>(() => ProcessTree.Start(new("sh", [], "/no/such/folder", new Dictionary<string, string>()), null, _ => { }));
        Assert.Contains("/no/such/folder", folder.Message);
        var file = Path.GetTempFileName();
        var mode = Assert.Throws<LaunchException>(() => ProcessTree.Start(new(file, [], "/", new Dictionary<string, string>()), null, _ => { }));
        File.Delete(file);
        Assert.Contains("may not be executed", mode.Message);
    }

    [Fact]
    public async Task A_flood_of_lines_neither_stalls_the_process_nor_grows_when_their_keeper_is_stuck()
    {
        using var stuck = new SemaphoreSlim(0);
        var kept = 0L;
        var dropped = 0L;
        var launch = Shell.Run("i=0; while [ $i -lt 200 ]; do seq 1 5000; i=$((i+1)); done; echo last");
        await using var tree = ProcessTree.Start(launch, null, batch =>
        {
            stuck.Wait();
            stuck.Release();
            foreach (var line in batch)
            {
                if (line.Text.Contains("lines left out", StringComparison.Ordinal))
                    dropped += long.Parse(line.Text.TrimStart('[').Split(' ')[0].Replace(",", "", StringComparison.Ordinal));
                else
                    kept++;
            }
        });
        // A million lines while nothing is kept: the process ends all the same.
        await Shell.Until(() => !Shell.IsAlive(tree.Id), "the end of the process");
        stuck.Release();
        await tree.Exit;
        Assert.Equal(1_000_001, kept + dropped);
        Assert.InRange(kept, 10_000, 50_000);
    }

    [Fact]
    public async Task Variables_of_the_AppHost_itself_do_not_reach_what_it_starts()
    {
        Environment.SetEnvironmentVariable("ASPIRE_TEST_OWN", "x");
        var (tree, lines) = Shell.Start("env");
        await using var _ = tree;
        await tree.Exit;
        Environment.SetEnvironmentVariable("ASPIRE_TEST_OWN", null);
        Assert.DoesNotContain(lines, line => line.Text.StartsWith("ASPIRE_TEST_OWN", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Text.StartsWith("PATH=", StringComparison.Ordinal));
    }
}
