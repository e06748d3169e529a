namespace Pyro.Tests.Cluster;

/// <summary>An ingester by itself tries the bucket at its start and names cause and setting; the single process does so once.</summary>
public sealed class BucketCheckTests
{
    // Nothing can be put below what is no folder.
    private const string Nowhere = "/dev/null/bucket";

    [Theory]
    [InlineData("ingester")]
    [InlineData("all")]
    public async Task A_bucket_that_cannot_be_used_is_told_at_start_with_the_setting(string target)
    {
        await using var pyro = await RunningPyro.Start([$"-target={target}", "-storage.backend=filesystem", $"-storage.filesystem.dir={Nowhere}"]);
        // It is ready all the same, and tries on.
        const string Fault = "The bucket cannot be used";
        await pyro.UntilItTells(Fault);
        var told = Assert.Single(pyro.Told(Fault));
        Assert.Contains("put failed", told, StringComparison.Ordinal);
        Assert.Contains("storage.filesystem.dir", told, StringComparison.Ordinal);
    }
}
