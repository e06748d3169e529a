using CsCheck;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Trees;

public class NthLargestTests
{
    [Fact]
    public void It_is_what_sorting_finds() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var values = Enumerable.Range(0, random.Next(1, 300)).Select(_ => random.NextInt64(random.Next(1, 500))).ToArray();
        var n = 1 + random.Next(values.Length);
        Assert.Equal(values.OrderDescending().ElementAt(n - 1), NthLargest.Of(values.ToArray(), n));
    });
}
