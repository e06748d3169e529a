using System.Text;
using System.Text.Json;
using CsCheck;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Pyro.Connect.Protocol;
using Pyro.Connect.Protocol.Json;

namespace Pyro.Tests.Unit.Connect;

/// <summary>JSON to wire and back, judged by Google's own parser and formatter.</summary>
public sealed class JsonTests
{
    private static readonly MessageShape Shape = MessageShape.Of(Everything.Descriptor);
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    private static readonly Gen<string> Text = Gen.Frequency((5, Gen.String[Gen.Char[' ', '~'], 0, 12]), (2, Gen.Const("ö日本\n\t\"\\/<>&\u2028😀")), (1, Gen.Const("")));

    private static readonly Gen<ByteString> Bytes = Gen.Byte.Array[0, 200].Select(ByteString.CopyFrom);

    private static readonly Gen<double> Doubles = Gen.OneOf(Gen.Double, Gen.OneOf(new[] { 0, -0.0, 1e300, 5e-324, double.NaN, double.PositiveInfinity, double.NegativeInfinity }.Select(v => Gen.Const(v)).ToArray()));

    private static readonly Gen<long> Longs = Gen.OneOf(Gen.Long, Gen.OneOf(new[] { 0L, 1L, -1L, long.MinValue, long.MaxValue }.Select(v => Gen.Const(v)).ToArray()));

    [Fact]
    public void What_is_written_is_what_Google_reads_and_formats() => Messages(3).Sample(message =>
    {
        var json = Write(message);
        Assert.Equal(Normal(JsonFormatter.Default.Format(message)), Normal(json));
        Assert.DoesNotContain(": ", json.Replace("\\\"", "", StringComparison.Ordinal).Split('"').Where((_, i) => i % 2 == 0));
        AssertSame(message, Parser.Parse<Everything>(json));
    }, iter: 400);

    [Fact]
    public void What_Google_formats_is_read() => Messages(3).Sample(message => AssertSame(message, Read(JsonFormatter.Default.Format(message))), iter: 400);

    [Fact]
    public void What_is_written_is_read() => Messages(3).Sample(message => AssertSame(message, Read(Write(message))), iter: 400);

    [Theory]
    [InlineData("""{"anInt64":"12","an_int32":-3,"aUint64":18446744073709551615}""")]
    [InlineData("""{"anInt64":1.2e1,"an_int32":"-3","aUint64":"1.8446744073709551615e19"}""")]
    [InlineData("""{"anInt64":12.0,"an_int32":-3e0,"aUint64":"18446744073709551615","more":{"x":[1,{"y":null}]}}""")]
    [InlineData("""  { "an_int64" : 1200e-2 , "anInt32":-3,"a_uint64":18446744073709551615 , "aString":null, "children":null, "child":null } """)]
    public void Numbers_and_names_come_in_every_notation(string json) =>
        Assert.Equal(new Everything { AnInt64 = 12, AnInt32 = -3, AUint64 = ulong.MaxValue }, Read(json));

    [Theory]
    [InlineData("+/8=")]
    [InlineData("+/8")]
    [InlineData("-_8=")]
    [InlineData("-_8")]
    public void Bytes_come_in_both_alphabets_with_or_without_padding(string text) =>
        Assert.Equal(ByteString.CopyFrom(0xFB, 0xFF), Read($$"""{"someBytes":"{{text}}"}""").SomeBytes);

    [Theory]
    [InlineData("\"RED\"", Colour.Red)]
    [InlineData("7", Colour.Blue)]
    [InlineData("99", (Colour)99)]
    [InlineData("\"MAUVE\"", Colour.Unspecified)]
    public void Enums_come_by_name_or_number(string value, Colour colour) => Assert.Equal(colour, Read($$"""{"aColour":{{value}}}""").AColour);

    [Fact]
    public void Unknown_names_in_a_list_of_enums_are_left_out() =>
        Assert.Equal([Colour.Red, Colour.Blue], Read("""{"manyColours":["RED","MAUVE",7]}""").ManyColours);

    [Fact]
    public void A_field_is_known_by_both_its_names() => Assert.Equal("x", Read("""{"field_withID":"x"}""").FieldWithID + Read("""{"fieldWithID":""}""").FieldWithID);

    [Fact]
    public void Escapes_are_unescaped_in_texts_and_names() => Assert.Equal("a\n\"😀", Read("""{"a\u0053tring":"\u0061\n\"\ud83d\ude00"}""").AString);

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"x\"")]
    [InlineData("{}x")]
    [InlineData("{} {}")]
    [InlineData("{\"aString\":5}")]
    [InlineData("{\"aString\":\"\\ud800\"}")]
    [InlineData("{\"aBool\":\"true\"}")]
    [InlineData("{\"aBool\":1}")]
    [InlineData("{\"anInt32\":2147483648}")]
    [InlineData("{\"anInt32\":1.5}")]
    [InlineData("{\"anInt32\":\" 1\"}")]
    [InlineData("{\"anInt32\":\"1x\"}")]
    [InlineData("{\"anInt32\":\"\"}")]
    [InlineData("{\"aUint32\":-1}")]
    [InlineData("{\"aUint64\":18446744073709551616}")]
    [InlineData("{\"anInt64\":1e99}")]
    [InlineData("{\"anInt64\":true}")]
    [InlineData("{\"aFloat\":1e39}")]
    [InlineData("{\"aDouble\":1e999}")]
    [InlineData("{\"aDouble\":\"nan\"}")]
    [InlineData("{\"aDouble\":\"\"}")]
    [InlineData("{\"someBytes\":\"*\"}")]
    [InlineData("{\"someBytes\":\"A\"}")]
    [InlineData("{\"manyInt64\":{}}")]
    [InlineData("{\"manyInt64\":[null]}")]
    [InlineData("{\"children\":[1]}")]
    [InlineData("{\"child\":[]}")]
    [InlineData("{\"byName\":[]}")]
    [InlineData("{\"byTruth\":{\"maybe\":\"x\"}}")]
    [InlineData("{\"aString\":\"a\",\"a_string\":\"b\"}")]
    [InlineData("{\"chosenText\":\"a\",\"chosenNumber\":1}")]
    [InlineData("{\"at\":\"yesterday\"}")]
    public void What_is_no_message_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused()
    {
        using var wire = new PooledBuffer();
        byte[] json = [.. "{\"aString\":\""u8, 0xFF, .. "\"}"u8];
        Assert.ThrowsAny<JsonException>(() => new JsonToWire(wire).Read(Shape, json));
    }

    [Fact]
    public void Depth_is_bounded()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"child\":", 5000)) + "{}" + new string('}', 5000);
        Assert.ThrowsAny<JsonException>(() => Read(deep));
        var shallow = string.Concat(Enumerable.Repeat("{\"child\":", 90)) + "{\"aBool\":true}" + new string('}', 90);
        Assert.NotNull(Read(shallow).Child);
    }

    [Fact]
    public void Long_content_makes_room_for_its_length()
    {
        var message = new Everything { AString = new string('a', 127), Child = new() { AString = new string('b', 128), Child = new() { AString = new string('c', 20_000) } } };
        message.ManyInt64.Add(Enumerable.Range(0, 3000).Select(i => (long)i * 1_000_003));
        Assert.Equal(message, Read(Write(message)));
    }

    [Fact]
    public void Json_parsing_never_fails_otherwise()
    {
        string[] seeds =
        [
            "{}", """{"anInt64":"12","aDouble":1e3,"aBool":true,"someBytes":"+/8=","child":{"aString":"x"},"manyInt64":[1,"2"],"children":[{},{}]}""",
            """{"byName":{"a":"1"},"byNumber":{"1":{}},"byTruth":{"true":"x"},"at":"2026-11-20T00:00:00Z","free":{"a":[1,null,"x"]},"aColour":"RED","manyColours":[1,"BLUE"],"unpacked":[1]}""",
        ];
        Fuzz.Run("connect json", [.. seeds.Select(Encoding.UTF8.GetBytes)], bytes =>
        {
            using var wire = new PooledBuffer();
            try
            {
                new JsonToWire(wire).Read(Shape, bytes);
            }
            catch (JsonException)
            {
                return;
            }
            // What was accepted is a message, and has a JSON (Google reads a Struct with an empty key and refuses to format it).
            var message = Everything.Parser.ParseFrom(wire.Span.ToArray());
            if (bytes.AsSpan().IndexOf("free"u8) < 0)
                Assert.Equal(message, Read(ToJson(wire.Span.ToArray())));
        });
    }

    private static Everything Read(string json)
    {
        using var wire = new PooledBuffer(16);
        new JsonToWire(wire).Read(Shape, Encoding.UTF8.GetBytes(json));
        return Everything.Parser.ParseFrom(wire.Span.ToArray());
    }

    // By bytes: a minus zero has none, but is not equal to a zero.
    private static void AssertSame(Everything expected, Everything actual) =>
        Assert.Equal(Convert.ToHexString(expected.ToByteArray()), Convert.ToHexString(actual.ToByteArray()));

    private static string Write(Everything message) => ToJson(message.ToByteArray());

    private static string ToJson(byte[] wire)
    {
        using var output = new PooledBuffer(16);
        using (var json = new Utf8JsonWriter(output, WireToJson.Options))
            new WireToJson(json).Write(Shape, wire);
        return Encoding.UTF8.GetString(output.Span);
    }

    private static string Normal(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 200 });
        return Sorted(document.RootElement);
    }

    private static string Sorted(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', element.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => p.Name + ":" + Sorted(p.Value))) + "}",
        JsonValueKind.Array => "[" + string.Join(',', element.EnumerateArray().Select(Sorted)) + "]",
        JsonValueKind.Number => element.GetDouble().ToString("R"),
        _ => element.ToString(),
    };

    private static Gen<Everything> Messages(int depth) =>
        Gen.Select(Longs, Doubles, Text, Bytes, Gen.Int, Gen.UInt, Gen.ULong, Gen.Int[0, (1 << 22) - 1])
            .SelectMany(values => depth == 0
                ? Gen.Const(Fill(values, []))
                : Messages(depth - 1).Array[0, 2].Select(children => Fill(values, children)));

    private static Everything Fill((long L, double D, string T, ByteString B, int I, uint U, ulong Ul, int Mask) v, Everything[] children)
    {
        var m = new Everything();
        bool Has(int bit) => (v.Mask & (1 << bit)) != 0;
        // There is one NaN in JSON.
        if (double.IsNaN(v.D))
            v.D = double.NaN;
        if (Has(0))
            (m.ADouble, m.AFloat) = (v.D, (float)v.D);
        if (Has(1))
            (m.AnInt32, m.ASint32, m.AnSfixed32) = (v.I, v.I, v.I);
        if (Has(2))
            (m.AnInt64, m.ASint64, m.AnSfixed64, m.FarAway) = (v.L, v.L, v.L, v.L);
        if (Has(3))
            (m.AUint32, m.AFixed32) = (v.U, v.U);
        if (Has(4))
            (m.AUint64, m.AFixed64) = (v.Ul, v.Ul);
        if (Has(5))
            (m.AString, m.FieldWithID) = (v.T, v.T);
        if (Has(6))
            m.SomeBytes = v.B;
        if (Has(7))
            (m.ABool, m.AColour) = (true, (Colour)(v.I & 7));
        if (Has(8))
            m.Maybe = v.L & 1;
        if (Has(9))
            m.ChosenText = v.T;
        else if (Has(10))
            m.ChosenNumber = v.I;
        if (Has(11))
            m.ManyInt64.Add([v.L, 0, v.I]);
        if (Has(12))
            m.ManyStrings.Add([v.T, "", v.T]);
        if (Has(13))
            m.ManyColours.Add([Colour.Red, (Colour)(v.I & 7), Colour.Unspecified]);
        if (Has(14))
            m.ManyDoubles.Add([v.D, 0]);
        if (Has(15))
            m.ManyBytes.Add([v.B, ByteString.Empty]);
        if (Has(16))
            m.Unpacked.Add([v.I, 0]);
        if (Has(17))
            (m.ByName[v.T], m.ByTruth[v.I > 0]) = (v.L, v.T);
        if (Has(18))
            m.ByNumber[v.I & 0xFF] = new Everything { AnInt64 = v.L };
        if (Has(19))
            m.At = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(v.I * 1000L));
        if (Has(20))
            m.Free = new Struct { Fields = { ["a b"] = Value.ForList(Value.ForNumber(v.I), Value.ForNull(), Value.ForString(v.T)) } };
        if (Has(21))
            m.ManySint64.Add([v.L, -1]);
        if (children.Length > 0)
            m.Child = children[0];
        m.Children.Add(children);
        return m;
    }
}
