using Pyro.Memory;

namespace Pyro.Tests.Unit.Memory;

public sealed class KeptObjectsTests
{
    [Fact]
    public void What_is_kept_is_bounded_by_bytes()
    {
        var kept = new KeptObjects<Thing>(static thing => thing.Bytes, eachMax: 40, allMax: 100);
        var things = Enumerable.Range(0, 5).Select(_ => kept.Rent()).ToArray();
        Assert.Equal((5, 0), (kept.Made, kept.Bytes));
        int[] bytes = [40, 41, 40, 21, 20];
        for (var i = 0; i < things.Length; i++)
        {
            things[i].Bytes = bytes[i];
            kept.Return(things[i]);
        }

        // The second is too large, the fourth too much.
        Assert.Equal(100, kept.Bytes);
        Thing[] again = [kept.Rent(), kept.Rent(), kept.Rent()];
        Assert.Equivalent(new[] { things[0], things[2], things[4] }, again, strict: true);
        Assert.Equal((5, 0), (kept.Made, kept.Bytes));
        Assert.DoesNotContain(kept.Rent(), things);
    }

    private sealed class Thing
    {
        public int Bytes { get; set; }
    }
}
