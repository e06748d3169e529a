using System.Text;
using CsCheck;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Api.Types;
using Pyro.Blocks.Answers;
using Pyro.Memory;
using Pyro.Profiles.Labels;
using Kind = Pyro.Api.Peers.LabelsRequest.Types.Kind;

namespace Pyro.Tests.Unit.Blocks.Reading;

/// <summary>The bytes of label answers: written, sorted, joined and read.</summary>
public class LabelPiecesTests
{
    // Few, so that some are equal; the last two are ordered otherwise as UTF-16.
    private static readonly Gen<string> Text = Gen.OneOf("a", "b", "bb", "pod", "ü", "\uE000", "\U0001F600");
    private static readonly Gen<Labels> Set = Gen.Select(Text, Text).List[0, 4].Select(static pairs => SetOf([.. pairs]));

    [Fact]
    public void Texts_and_sets_are_written_as_the_generated_messages_write_them() => Gen.Select(Text.List[0, 9], Set.List[0, 9]).Sample((texts, sets) =>
    {
        var values = new LabelValuesResponse { Names = { texts.Distinct().Order(Utf8Order.Comparer) } };
        Assert.Equal(values.ToByteArray(), Bytes(Written(values.Names)));
        var series = new SeriesResponse { LabelsSet = { sets.Distinct().Order(LabelsOrder.Comparer) } };
        Assert.Equal(series.ToByteArray(), Bytes(Written(series.LabelsSet)));
    });

    [Fact]
    public void Pieces_are_small_and_end_between_texts()
    {
        var texts = Enumerable.Range(0, 300).Select(static i => $"{i:000}-{new string('x', i * 7)}").Append("999" + new string('y', 100_000)).ToList();
        var pieces = Written(texts);
        Assert.All(pieces.SkipLast(1), static piece => Assert.InRange(piece.Length, 50_000, 64 << 10));
        Assert.Equal(texts, pieces.SelectMany(static piece => LabelValuesResponse.Parser.ParseFrom(piece).Names));
        Assert.Equal(texts, LabelReader.Texts(pieces));
    }

    [Fact]
    public void A_stored_text_that_is_no_UTF_8_is_made_so()
    {
        var pieces = new LabelPieces(Kind.Values);
        Assert.Equal("a\uFFFD"u8, pieces.Valid([(byte)'a', 0xFF]));
        Assert.Equal("aü"u8, pieces.Valid("aü"u8));
    }

    [Fact]
    public void Texts_that_were_made_UTF_8_are_in_order_and_each_once()
    {
        // In the order of a block: U+FFFD begins with EF, the face with F0.
        byte[][] stored = [[0x80], "é"u8.ToArray(), "\U0001F600"u8.ToArray(), [0xFE], [0xFF]];
        using var memory = new Reservation(new MemoryLedger(1 << 20), MemoryKind.Accumulators);
        var values = new LabelPieces(Kind.Values, memory);
        var sets = new LabelPieces(Kind.Series);
        foreach (var text in stored)
        {
            values.Add(values.Valid(text));
            sets.Label("pod"u8, sets.Valid(text));
            sets.EndSet();
        }

        var list = values.Close();
        Assert.Equal(["é", "\uFFFD", "\U0001F600"], LabelReader.Texts(list));
        Assert.Equal(list.Sum(static piece => piece.Length), memory.Bytes);
        Assert.Equal(Written([SetOf([("pod", "é")]), SetOf([("pod", "\uFFFD")]), SetOf([("pod", "\U0001F600")])]), sets.Close());

        var union = new LabelUnion(Kind.Values);
        union.Add(list);
        union.Add(Written(["é"]));
        Assert.Equal(["é", "\uFFFD", "\U0001F600"], LabelReader.Texts(union.Close()));
    }

    [Fact]
    public void What_is_held_of_an_answer_is_counted_and_refused_beyond_the_budget()
    {
        var ledger = new MemoryLedger(1 << 20);
        var text = new string('x', 1000);
        using (var memory = new Reservation(ledger, MemoryKind.Accumulators))
        {
            var union = new LabelUnion(Kind.Values, memory);
            for (var list = 0; list < 20; list++)
            {
                union.Add(Written(Enumerable.Range(0, 200).Select(i => $"{i:000}{text}")));
            }

            Assert.InRange(ledger.Used, 200_000, 500_000);
            Assert.Throws<MemoryBudgetException>(() => union.Add(Written(Enumerable.Range(200, 800).Select(i => $"{i:000}{text}"))));
            Assert.Throws<MemoryBudgetException>(() => Fill(new LabelPieces(Kind.Values, memory)));
        }

        Assert.Equal(0, ledger.Used);

        void Fill(LabelPieces pieces)
        {
            for (var i = 0; i < 2000; i++)
            {
                pieces.Add(text);
            }
        }
    }

    [Fact]
    public void Lists_are_joined_as_sets_are() => Gen.Select(Text.List[0, 6].List[0, 6], Set.List[0, 6].List[0, 6]).Sample((texts, sets) =>
    {
        var (ofTexts, ofSets) = (new LabelUnion(Kind.Values), new LabelUnion(Kind.Series));
        texts.ForEach(list => ofTexts.Add(Written(list.Distinct().Order(Utf8Order.Comparer))));
        sets.ForEach(list => ofSets.Add(Written(list.Distinct().Order(LabelsOrder.Comparer))));
        Assert.Equal(Written(texts.SelectMany(static t => t).Distinct().Order(Utf8Order.Comparer)), ofTexts.Close());
        Assert.Equal(Written(sets.SelectMany(static s => s).Distinct().Order(LabelsOrder.Comparer)), ofSets.Close());
    });

    [Fact]
    public void A_list_alone_is_handed_on_as_it_came()
    {
        var union = new LabelUnion(Kind.Values);
        var pieces = Written(["a", "b"]);
        union.Add([]);
        union.Add(pieces);
        union.Add([]);
        Assert.Same(pieces, union.Close());
    }

    [Fact]
    public void What_a_holder_cut_off_is_an_error()
    {
        var whole = Bytes(Written([SetOf([("pod", "p1")])]));
        for (var length = 1; length < whole.Length; length++)
        {
            var cut = ByteString.CopyFrom(whole.AsSpan(0, length));
            Assert.Equal(StatusCode.Internal, Assert.Throws<RpcException>(() => LabelReader.Texts([cut])).StatusCode);
        }
    }

    [Fact]
    public void Any_bytes_are_label_sets_or_refused() => Fuzz.Run("label sets", [Bytes(Written([SetOf([("a", "1")]), SetOf([("a", "1"), ("b", "2")])]))], static bytes =>
    {
        var union = new LabelUnion(Kind.Series);
        try
        {
            union.Add([ByteString.CopyFrom(bytes)]);
            union.Add([ByteString.CopyFrom(bytes)]);
            LabelReader.Texts(union.Close());
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Internal)
        {
        }
    });

    [Fact]
    public void Rows_are_sorted_as_the_label_sets_that_they_stand_for() => Gen.Int[-1, 3].Array[3].List[0, 40].Sample(cells =>
    {
        using var memory = new Reservation(new MemoryLedger(1 << 20), MemoryKind.Accumulators);
        using var rows = new LabelRows(memory);
        foreach (var cell in cells)
        {
            // As series come, whose labels may have another order.
            for (var column = 2; column >= 0; column--)
            {
                if (cell[column] >= 0)
                {
                    rows.Add(column, cell[column]);
                }
            }

            rows.EndRow();
        }

        var sorted = new List<Labels>();
        foreach (var row in rows.Sorted(default))
        {
            sorted.Add(SetOf(rows[row].ToArray().Select(static pair => ($"n{LabelRows.Column(pair)}", $"v{LabelRows.Value(pair)}"))));
        }

        Assert.Equal(cells.Select(SetOf).Distinct().Order(LabelsOrder.Comparer), sorted);
    });

    [Fact]
    public void Memory_of_rows_grows_with_their_labels_and_not_with_all_names()
    {
        var ledger = new MemoryLedger(64 << 20);
        using (var memory = new Reservation(ledger, MemoryKind.Accumulators))
        {
            using var rows = new LabelRows(memory);
            for (var row = 0; row < 5000; row++)
            {
                // 25 names that no other has.
                for (var i = 0; i < 25; i++)
                {
                    rows.Add((row * 25) + i, i);
                }

                rows.EndRow();
            }

            Assert.Equal(Enumerable.Range(0, 5000), rows.Sorted(default).ToArray());
            Assert.InRange(ledger.Used, 5000 * 25 * 8, 3L * 5000 * 25 * 8);
        }

        Assert.Equal(0, ledger.Used);
    }

    private static Labels SetOf(int[] row) =>
        SetOf([.. row.Select(static (value, column) => ($"n{column}", Value: $"v{value}")).Where(static pair => pair.Value != "v-1")]);

    private static Labels SetOf(IEnumerable<(string Name, string Value)> pairs) => new()
    {
        Labels_ = { pairs.DistinctBy(static p => p.Name).OrderBy(static p => p.Name, Utf8Order.Comparer).Select(static p => new LabelPair { Name = p.Name, Value = p.Value }) },
    };

    private static IReadOnlyList<ByteString> Written(IEnumerable<string> texts)
    {
        var pieces = new LabelPieces(Kind.Values);
        foreach (var text in texts)
        {
            pieces.Add(text);
        }

        return pieces.Close();
    }

    private static IReadOnlyList<ByteString> Written(IEnumerable<Labels> sets)
    {
        var pieces = new LabelPieces(Kind.Series);
        foreach (var set in sets)
        {
            foreach (var pair in set.Labels_)
            {
                pieces.Label(Encoding.UTF8.GetBytes(pair.Name), Encoding.UTF8.GetBytes(pair.Value));
            }

            pieces.EndSet();
        }

        return pieces.Close();
    }

    private static byte[] Bytes(IReadOnlyList<ByteString> pieces) => [.. pieces.SelectMany(static piece => piece)];
}
