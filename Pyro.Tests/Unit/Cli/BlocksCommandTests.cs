using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pyro.Cli.Commands.Blocks;
using Pyro.Tests.Unit.Blocks.Verifying;

namespace Pyro.Tests.Unit.Cli;

public sealed class BlocksCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-blocks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task List_and_inspect_answer_in_JSON_whose_names_stay()
    {
        await Put(await new SmallBlock().Files());
        foreach (var verb in (string[])["list", "inspect", "verify"])
        {
            var (code, output, error) = await Run(verb, "--json", _folder);
            Assert.Equal((0, ""), (code, error));
            Assert.Equal(await Golden($"{verb}.json"), output);
        }
    }

    [Fact]
    public async Task A_block_is_found_wherever_one_points_at()
    {
        await Put(await new SmallBlock().Files());
        var local = Path.Combine(_folder, "data", "tenant", "local", SmallBlock.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(local)!);
        foreach (var place in (string[])["", "tenant", "tenant/phlaredb", $"tenant/phlaredb/{SmallBlock.Name}/"])
        {
            await FoundAt(Path.Combine(_folder, place));
        }

        Directory.Move(Path.Combine(_folder, SmallBlock.Folder), local);
        foreach (var place in (string[])["data", "data/tenant", "data/tenant/local", $"data/tenant/local/{SmallBlock.Name}"])
        {
            await FoundAt(Path.Combine(_folder, place));
        }
    }

    [Fact]
    public async Task Tenants_may_be_called_as_the_folders_of_blocks_are()
    {
        var files = await new SmallBlock().Files();
        string[] tenants = ["good", "local", "phlaredb"];
        foreach (var tenant in tenants)
        {
            await Put(files, $"bucket/{tenant}/phlaredb/{SmallBlock.Name}");
            await Put(files, $"data/{tenant}/local/{SmallBlock.Name}");
        }

        foreach (var (place, inner) in ((string, string)[])[("bucket", "phlaredb"), ("data", "local")])
        {
            Assert.Equal(tenants, await Tenants(_folder, place));
            foreach (var tenant in tenants)
            {
                Assert.Equal([tenant], await Tenants(_folder, place, "--tenant", tenant));
                Assert.Equal([tenant], await Tenants(_folder, $"{place}/{tenant}"));
                Assert.Equal([tenant], await Tenants(_folder, $"{place}/{tenant}/{inner}"));
                Assert.Equal([tenant], await Tenants(_folder, $"{place}/{tenant}/{inner}/{SmallBlock.Name}"));
            }
        }
    }

    [Fact]
    public async Task Text_shows_what_JSON_does()
    {
        await Put(await new SmallBlock().Files());
        var (_, list, _) = await Run("list", _folder);
        Assert.Contains(SmallBlock.Name, list.Split('\n')[1], StringComparison.Ordinal);
        Assert.Contains("2026-11-20T00:00:00.000Z", list, StringComparison.Ordinal);
        var (_, inspected, _) = await Run("inspect", _folder);
        Assert.Contains("service-0", inspected, StringComparison.Ordinal);
        Assert.Contains("DELTA_BINARY_PACKED", inspected, StringComparison.Ordinal);
        Assert.Contains(" in 1 row group, 7 samples,", inspected, StringComparison.Ordinal);
        Assert.Contains(" 2 partitions", inspected, StringComparison.Ordinal);
        var (code, verified, _) = await Run("verify", _folder);
        Assert.Equal(0, code);
        Assert.EndsWith("1 block verified; 0 faults" + Environment.NewLine, verified, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_are_told_by_file_and_offset_and_by_the_exit_code()
    {
        var files = await new SmallBlock().Files();
        files["symbols.symdb"][20] ^= 1;
        await Put(files);
        var (code, text, _) = await Run("verify", _folder);
        Assert.Equal(1, code);
        Assert.Matches($"(?m)^{SmallBlock.Folder}symbols\\.symdb at byte \\d+: .*checksum", text);
        (code, var json, _) = await Run("verify", _folder, "--json");
        Assert.Equal(1, code);
        using var answer = JsonDocument.Parse(json);
        var fault = answer.RootElement.GetProperty("blocks")[0].GetProperty("faults")[0];
        Assert.Equal(SmallBlock.Folder + "symbols.symdb", fault.GetProperty("file").GetString());
        Assert.True(fault.GetProperty("offset").GetInt64() >= 0);
    }

    [Fact]
    public async Task What_cannot_be_looked_at_says_why()
    {
        await Refused("there is no directory", Path.Combine(_folder, "gone"));
        await Refused("has no blocks", _folder);
        await Put(await new SmallBlock().Files());
        await Refused("is a file", Path.Combine(_folder, SmallBlock.Folder, "meta.json"));
        await Refused("is no ULID", _folder, "--block", "x");
        await Refused("has no block 01M82YG9FD96QSVXFKMAPC336Y", _folder, "--block", "01M82YG9FD96QSVXFKMAPC336Y");
        await Refused("there is no such option", _folder, "--jsno");
        await Refused("a directory needs no", _folder, "--region", "x");
        await Refused("one place at a time", _folder, _folder);
        await Refused("storage.s3.access_key_id", "s3://bucket", "--endpoint", "http://localhost:1", "--access-key", "a");
        await Refused("no-such.yaml", "-config.file=no-such.yaml");
    }

    [Fact]
    public async Task A_tenants_folder_that_cannot_be_looked_into_is_told_of()
    {
        await Put(await new SmallBlock().Files());
        // A loop of links.
        File.CreateSymbolicLink(Path.Combine(_folder, "acme"), "acme");
        foreach (var verb in (string[])["list", "verify"])
        {
            var (code, text, error) = await Run(verb, _folder);
            Assert.Equal(1, code);
            Assert.Contains("acme/", text + error, StringComparison.Ordinal);
            Assert.Contains(verb == "list" ? SmallBlock.Name : "1 block verified", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_block_of_another_version_is_listed_and_cannot_be_looked_into(int version)
    {
        await Put(await new SmallBlock { Meta = meta => meta with { Version = version } }.Files());
        var (code, text, _) = await Run("verify", _folder);
        Assert.Equal(2, code);
        Assert.Contains($"has version {version}, and only version 3 is read", text, StringComparison.Ordinal);
        Assert.EndsWith("0 blocks verified, 1 not; 0 faults" + Environment.NewLine, text, StringComparison.Ordinal);
        (code, _, var error) = await Run("inspect", _folder);
        Assert.Equal(2, code);
        Assert.Contains($"has version {version}", error, StringComparison.Ordinal);
        (code, text, _) = await Run("list", _folder, "--json");
        Assert.Equal(0, code);
        Assert.Contains($"\"version\": {version}", text, StringComparison.Ordinal);
        (code, text, _) = await Run("list", _folder);
        Assert.Equal(0, code);
        Assert.Contains($"{SmallBlock.Name}  {version}, not served", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_block_without_meta_is_listed_with_its_fault()
    {
        var files = await new SmallBlock().Files();
        files.Remove("meta.json");
        await Put(files);
        var (code, text, error) = await Run("list", _folder);
        Assert.Equal(1, code);
        Assert.Matches($@"{SmallBlock.Name}(\s+-){{7}}\s+\d+\.\d KiB(\s+-){{3}}\s", text);
        Assert.Contains("meta.json: is not there", error, StringComparison.Ordinal);
        (_, text, _) = await Run("list", "--json", _folder);
        using var answer = JsonDocument.Parse(text);
        foreach (var unknown in (string[])["version", "level", "minTime", "series", "profiles", "samples", "sources"])
        {
            Assert.Equal(JsonValueKind.Null, answer.RootElement.GetProperty("blocks")[0].GetProperty(unknown).ValueKind);
        }
    }

    [Fact]
    public void A_bucket_of_AWS_is_in_the_region_that_AWS_tools_take()
    {
        var nothing = new S3Choice(null, null, null, null);
        var refused = Assert.Throws<PlaceException>(() => ChosenPlace.Open(["s3://bucket"], nothing, static _ => ""));
        Assert.Equal("s3://bucket: give --region or AWS_REGION for a bucket of AWS, --endpoint for one of another store", refused.Message);
        Assert.Equal("s3 bucket in a", Name(nothing, static name => name switch { "AWS_REGION" => "a", "AWS_DEFAULT_REGION" => "b", _ => null }));
        Assert.Equal("s3 bucket in b", Name(nothing, static name => name == "AWS_DEFAULT_REGION" ? "b" : null));
        Assert.Equal("s3 bucket in c", Name(nothing with { Region = "c" }, static _ => "a"));

        static string Name(S3Choice choice, Func<string, string?> environment)
        {
            using var place = ChosenPlace.Open(["s3://bucket"], choice, environment);
            return place.Name;
        }
    }

    [Fact]
    public async Task Usage_names_one_place()
    {
        var (_, help, _) = await Run("list", "--help");
        Assert.Contains("[<place>", help, StringComparison.Ordinal);
        Assert.DoesNotContain("<place>...", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00.000Z")]
    [InlineData(1_795_132_800_250, "2026-11-20T00:00:00.250Z")]
    [InlineData(long.MaxValue, "9223372036854775807")]
    public void Times_are_ISO_8601(long millis, string text) => Assert.Equal(text, BlockText.Time(millis));

    [Theory]
    [InlineData(0, "0 blocks")]
    [InlineData(1, "1 block")]
    [InlineData(2, "2 blocks")]
    public void Words_are_of_one_or_many(long count, string text) => Assert.Equal(text, BlockText.Count(count, "block"));

    [Theory]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(5L << 40, "5.0 TiB")]
    public void Bytes_are_for_people(long bytes, string text) => Assert.Equal(text, BlockText.Bytes(bytes));

    private async Task Refused(string why, params string[] words)
    {
        var (code, output, error) = await Run(["verify", .. words]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    private static async Task FoundAt(string place)
    {
        var (code, text, error) = await Run("list", "--json", place);
        Assert.Equal((0, ""), (code, error));
        using var answer = JsonDocument.Parse(text);
        var block = answer.RootElement.GetProperty("blocks")[0];
        Assert.Equal(("tenant", SmallBlock.Name), (block.GetProperty("tenant").GetString(), block.GetProperty("ulid").GetString()));
        Assert.Equal(6, block.GetProperty("profiles").GetInt64());
    }

    private static async Task<IReadOnlyList<string?>> Tenants(string folder, string place, params string[] words)
    {
        var (code, text, error) = await Run(["list", "--json", Path.Combine(folder, place), .. words]);
        Assert.Equal((0, ""), (code, error));
        using var answer = JsonDocument.Parse(text);
        return [.. answer.RootElement.GetProperty("blocks").EnumerateArray().Select(static b => b.GetProperty("tenant").GetString())];
    }

    private Task Put(IReadOnlyDictionary<string, byte[]> files) => Put(files, SmallBlock.Folder);

    private async Task Put(IReadOnlyDictionary<string, byte[]> files, string folder)
    {
        foreach (var (path, bytes) in files)
        {
            var full = Path.Combine(_folder, folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            await File.WriteAllBytesAsync(full, bytes, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] words)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = await new RootCommand { BlocksCommand.Create() }.Parse(["blocks", .. words])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    private static Task<string> Golden(string name) =>
        File.ReadAllTextAsync(Path.Combine(Repository.Root, "Pyro.Tests/Unit/Cli/Golden", name), TestContext.Current.CancellationToken);
}
