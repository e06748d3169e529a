using CsCheck;
using Pyro.Ingester.Head;
using Pyro.Profiles.Labels;

namespace Pyro.Tests.Unit.Head;

/// <summary>The byte order of the values of a label, which is kept while values come.</summary>
public class LabelPostingsTests
{
    [Fact]
    public void The_order_holds_all_values_whenever_it_is_asked_for_and_one_given_before_stays() => Gen.String.List[0, 8].List[0, 6].Sample(rounds =>
    {
        var postings = new LabelPostings("pod");
        var given = new List<(ReadOnlyMemory<int> Order, int[] Copy)>();
        var series = 0;
        foreach (var values in rounds)
        {
            foreach (var value in values)
            {
                postings.Add(value, series++);
            }

            var order = postings.InOrder();
            given.Add((order, order.ToArray()));
            Assert.Equal(
                rounds.Take(given.Count).SelectMany(static v => v).Distinct().Order(Utf8Order.Comparer), order.ToArray().Select(postings.ValueOf));
        }

        Assert.All(given, static one => Assert.Equal(one.Copy, one.Order.ToArray()));
    });

    [Fact]
    public void The_order_is_made_once()
    {
        var postings = new LabelPostings("pod");
        postings.Add("b", 0);
        postings.Add("a", 1);
        Assert.True(postings.InOrder().Equals(postings.InOrder()));
        postings.Add("b", 2);
        Assert.Equal([1, 0], postings.InOrder().ToArray());
    }
}
