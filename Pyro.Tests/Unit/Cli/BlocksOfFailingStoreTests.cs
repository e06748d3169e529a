using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Aspire.StandIns.S3;
using Aspire.StandIns.S3.Faults;
using Pyro.Cli.Commands.Blocks;
using Pyro.Disk;
using Pyro.ObjectStore;
using Pyro.Tests.Unit.Blocks.Verifying;
using Pyro.Tests.Unit.S3StandIn;

namespace Pyro.Tests.Unit.Cli;

/// <summary>`pyro blocks` over a bucket that fails: what was found stays told.</summary>
public sealed class BlocksOfFailingStoreTests(RunningS3 s3) : IClassFixture<RunningS3>, IAsyncLifetime
{
    private static readonly string[] Tenants = ["first", "local", "phlaredb"];

    private string _bucket = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Three tenants with a block each, of which those of the first and the last are damaged.</summary>
    public async ValueTask InitializeAsync()
    {
        _bucket = await s3.NewBucket();
        using var store = ObjectStores.Open(new ObjectStoreOptions { Backend = "s3", S3 = s3.Store(_bucket) }, new PhysicalDisk(), TimeProvider.System, new Random(1));
        foreach (var tenant in Tenants)
        {
            var files = await new SmallBlock().Files();
            files["symbols.symdb"][20] ^= (byte)(tenant == "local" ? 0 : 1);
            foreach (var (path, bytes) in files)
            {
                await store.Put($"{FolderOf(tenant)}{path}", ObjectBody.Of(bytes), PutMode.Replace, Cancellation);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        s3.Faults.Clear();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task One_file_that_cannot_be_read_is_one_of_the_faults()
    {
        s3.Faults.Add(new() { Kind = FaultKind.Error, Prefix = $"{_bucket}/{FolderOf("local")}index.tsdb" });
        var (code, text, error) = await Verify(static _ => { });
        Assert.Equal((1, ""), (code, error));
        Assert.Matches($"(?m)^{FolderOf("first")}symbols.symdb at byte ", text);
        Assert.Matches($"(?m)^{FolderOf("local")}index.tsdb: cannot be read: s3 ", text);
        Assert.Matches($"(?m)^{FolderOf("phlaredb")}symbols.symdb at byte ", text);
        Assert.Contains("3 blocks verified; ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_fails_ends_it_and_what_was_found_is_told()
    {
        var (code, text, error) = await Verify(line =>
        {
            if (line.StartsWith("first  ", StringComparison.Ordinal))
            {
                s3.Faults.Add(new() { Kind = FaultKind.Error, Prefix = $"{_bucket}/" });
            }
        });
        Assert.Equal(2, code);
        Assert.Matches($"(?m)^{FolderOf("first")}symbols.symdb at byte ", text);
        Assert.Matches("(?m)^1 block verified, 2 not; [1-9][0-9]* faults?; not complete$", text);
        Assert.StartsWith($"not complete: s3 {_bucket} at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_tells_why_it_is_not_complete()
    {
        s3.Faults.Add(new() { Kind = FaultKind.SlowDown, Operation = S3Operation.GetObject, Prefix = $"{_bucket}/{FolderOf("local")}index.tsdb" });
        var (code, text, error) = await Verify(static _ => { }, "--json");
        Assert.Equal(2, code);
        using var answer = JsonDocument.Parse(text);
        Assert.Contains("it asks for fewer requests", answer.RootElement.GetProperty("incomplete").GetString(), StringComparison.Ordinal);
        Assert.Contains("it asks for fewer requests", error, StringComparison.Ordinal);
        var blocks = answer.RootElement.GetProperty("blocks");
        Assert.Equal(2, blocks.GetArrayLength());
        Assert.True(blocks[0].GetProperty("faultCount").GetInt64() > 0);
        Assert.Equal("not read to its end", blocks[1].GetProperty("skipped").GetString());
    }

    [Fact]
    public async Task Who_interrupts_it_sees_what_was_found()
    {
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (code, text, error) = await Verify(line =>
        {
            if (line.StartsWith(FolderOf("first"), StringComparison.Ordinal))
            {
                interrupt.Cancel();
            }
        }, interrupt.Token);
        Assert.Equal((2, "not complete: interrupted" + Environment.NewLine), (code, error));
        Assert.Matches($"(?m)^{FolderOf("first")}symbols.symdb at byte ", text);
        Assert.Matches("(?m)^first  .*not read to its end; 1 fault$", text);
        Assert.EndsWith("0 blocks verified, 3 not; 1 fault; not complete" + Environment.NewLine, text, StringComparison.Ordinal);
    }

    private static string FolderOf(string tenant) => $"{tenant}/phlaredb/{SmallBlock.Name}/";

    [Theory]
    [InlineData("list")]
    [InlineData("inspect")]
    public async Task Others_tell_what_they_found_too(string verb)
    {
        s3.Faults.Add(new() { Kind = FaultKind.SlowDown, Operation = S3Operation.GetObject, Prefix = $"{_bucket}/{FolderOf("phlaredb")}" });
        var (code, json, error) = await Run(verb, static _ => { }, Cancellation, "--json");
        Assert.Equal(2, code);
        Assert.Contains("not complete: ", error, StringComparison.Ordinal);
        using var answer = JsonDocument.Parse(json);
        Assert.Contains("it asks for fewer requests", answer.RootElement.GetProperty("incomplete").GetString(), StringComparison.Ordinal);
        var tenants = answer.RootElement.GetProperty("blocks").EnumerateArray()
            .Select(static b => (b.TryGetProperty("block", out var block) ? block : b).GetProperty("tenant").GetString()).ToArray();
        Assert.Contains("local", tenants);
        Assert.DoesNotContain("phlaredb", tenants);
        (code, var text, error) = await Run(verb, static _ => { }, Cancellation);
        Assert.Equal(2, code);
        Assert.Contains("local", text, StringComparison.Ordinal);
        Assert.Contains("not complete: ", error, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Error)> Verify(Action<string> onLine, params string[] words) => Run("verify", onLine, Cancellation, words);

    private Task<(int Code, string Output, string Error)> Verify(Action<string> onLine, CancellationToken cancellation) => Run("verify", onLine, cancellation);

    private async Task<(int Code, string Output, string Error)> Run(string verb, Action<string> onLine, CancellationToken cancellation, params string[] words)
    {
        using var output = new ListeningWriter(onLine);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        string[] place = ["blocks", verb, $"s3://{_bucket}", "--endpoint", s3.Url.ToString(), "--access-key", RunningS3.AccessKey, "--secret-key", RunningS3.SecretKey];
        var code = await new RootCommand { BlocksCommand.Create() }.Parse([.. place, .. words])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, cancellation);
        return (code, output.ToString(), error.ToString());
    }

    private sealed class ListeningWriter(Action<string> onLine) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            onLine(value ?? "");
        }
    }
}
