using CsCheck;
using Pyro.Query.Querier;

namespace Pyro.Tests.Unit.Query;

/// <summary>Which rows of several holdings together are every row once.</summary>
public class DealtRowsTests
{
    private static readonly RowKey A = new(1, 10), B = new(1, 11), C = new(1, 12), D = new(2, 10);

    [Fact]
    public void Rows_are_known_by_time_and_id()
    {
        var dealt = new DealtRows();
        Assert.Equal([A, B, D], dealt.Take([A, B, D]));
        Assert.Equal([C], dealt.Take([A, C, D]));
        Assert.Empty(dealt.Take([A, B, C, D]));
    }

    [Fact]
    public void Where_ids_tell_nothing_what_was_pushed_twice_counts_once()
    {
        var dealt = new DealtRows();
        Assert.Equal([A, D], dealt.TakeByTime([A, D]));
        Assert.Empty(dealt.TakeByTime([B, new RowKey(2, 99)]));
    }

    [Fact]
    public void Where_ids_tell_nothing_several_rows_of_one_time_in_one_holding_all_count()
    {
        var dealt = new DealtRows();
        Assert.Equal([A], dealt.TakeByTime([A]));
        Assert.Equal([B], dealt.TakeByTime([A, B]));
        Assert.Empty(dealt.TakeByTime([A, C]));
        Assert.Single(dealt.TakeByTime([A, B, C]));
    }

    [Fact]
    public void Rows_with_ids_of_their_own_are_not_taken_for_those_that_share_their_time()
    {
        var dealt = new DealtRows();
        Assert.Equal([A], dealt.TakeByTime([A]));
        Assert.Equal([B], dealt.Take([A, B]));
        Assert.Equal([C], dealt.Take([C]));
    }

    [Fact]
    public void Of_each_time_as_many_rows_count_as_the_holding_with_most_of_it_has() =>
        Gen.Int[0, 5].Select(t => (long)t).Array[0, 12].Array[1, 5].Sample(holdings =>
        {
            var dealt = new DealtRows();
            UInt128 id = 0;
            var taken = holdings.SelectMany(times => dealt.TakeByTime([.. times.Select(t => new RowKey(t, ++id))])).ToList();
            for (var t = 0L; t <= 5; t++) Assert.Equal(holdings.Max(h => h.Count(x => x == t)), taken.Count(r => r.Time == t));
            Assert.Equal(taken.Count, taken.Distinct().Count());
        });
}
