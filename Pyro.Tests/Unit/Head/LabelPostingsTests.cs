using System.Text;
using CsCheck;
using Pyro.Ingester.Head;
using Pyro.Profiles.Labels;

namespace Pyro.Tests.Unit.Head;

/// <summary>The byte order of the values of a label, which is kept while values come.</summary>
public class LabelPostingsTests
{
    [Fact]
    public void The_order_holds_all_values_whenever_it_is_asked_for_and_one_given_before_stays() => Gen.OneOf("", "a", "b", "ab", "ü", "\uE000", "\U0001F600", "z").List[0, 8].List[0, 6].Sample(rounds =>
    {
        var postings = new LabelPostings("pod");
        var given = new List<(OrderedValues Values, int Count)>();
        var series = 0;
        foreach (var values in rounds)
        {
            foreach (var value in values)
            {
                postings.Add(value, series++);
            }

            given.Add((postings.InOrder(), postings.Values.Length));
        }

        foreach (var (values, count) in given)
        {
            var expected = postings.Values[..count].ToArray().Order(Utf8Order.Comparer).ToList();
            Assert.Equal(expected, values.Ids.ToArray().Select(postings.ValueOf));
            Assert.Equal(expected.Select(Encoding.UTF8.GetBytes), Enumerable.Range(0, values.Count).Select(rank => values[rank].ToArray()));
        }
    });

    [Fact]
    public void Values_of_the_first_series_are_told_from_those_that_came_since()
    {
        var postings = new LabelPostings("pod");
        postings.Add("b", 0);
        postings.Add("a", 1);
        postings.Add("b", 2);
        postings.Add("c", 3);
        Assert.Equal([0, 1, 2, 2, 3], Enumerable.Range(0, 5).Select(postings.CountBelow));
    }

    [Fact]
    public void The_order_is_made_once()
    {
        var postings = new LabelPostings("pod");
        postings.Add("b", 0);
        postings.Add("a", 1);
        var order = postings.InOrder();
        postings.Add("b", 2);
        Assert.Same(order, postings.InOrder());
    }
}
