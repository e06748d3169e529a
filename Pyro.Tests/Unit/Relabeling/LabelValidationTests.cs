using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Relabeling;

namespace Pyro.Tests.Unit.Relabeling;

public class LabelValidationTests
{
    private static readonly LabelLimits Limits = new(30, 1024, 2048, KeepNames: false);

    private static List<Label> Series(params (string Name, string Value)[] more)
    {
        List<Label> labels = [new("__name__", "process_cpu"), .. more.Select(l => new Label(l.Name, l.Value)), new("service_name", "a")];
        LabelText.Sort(labels);
        return labels;
    }

    private static (string Reason, string Message) Refused(List<Label> labels)
    {
        ProfileRejectedException e = Assert.Throws<ProfileRejectedException>(() => LabelValidation.Validate(labels, Limits));
        return (e.Reason, e.Message);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_shown_and_refused()
    {
        string value = LabelText.Decode([0xFF, 0xFE]);
        Assert.Equal(2, LabelText.ByteCount(value));
        Assert.Equal(
            ("invalid_labels", "invalid labels '{__name__=\"process_cpu\", k=\"\\xff\\xfe\", service_name=\"a\"}' with error: invalid label value '\uFFFD\uFFFD'"),
            Refused(Series(("k", value))));
    }

    [Fact]
    public void Names_with_dots_move_to_their_new_place()
    {
        List<Label> labels = Series(("z.y", "1"), ("a.b", "2"), (".c", "3"), ("a_c", "4"), ("a.d", "5"), ("a_d", "5"));
        LabelValidation.Validate(labels, Limits);
        Assert.Equal(["__name__", "_c", "a_b", "a_c", "a_d", "service_name", "z_y"], labels.Select(l => l.Name));
    }

    [Fact]
    public void Names_that_clash_after_it_are_refused() => Assert.Equal(
        ("duplicate_label_names", "profile with labels '{__name__=\"process_cpu\", a.b=\"1\", a_b=\"2\", service_name=\"a\"}' has duplicate label name 'a_b' after label name sanitization from 'a.b'"),
        Refused(Series(("a.b", "1"), ("a_b", "2"))));

    [Fact]
    public void No_labels_at_all_are_refused() => Assert.Equal("missing_labels", Refused([]).Reason);

    [Theory]
    [InlineData("a\"b\\c\n\t\0\a", "a\\\"b\\\\c\\n\\t\\x00\\a")]
    [InlineData("спам 😀", "спам 😀")]
    [InlineData("\u00A0\u200B\u0085", "\\u00a0\\u200b\\u0085")]
    [InlineData("\U000E0001", "\\U000e0001")]
    public void Values_are_quoted_as_Go_quotes_them(string value, string quoted) => Assert.Equal($"{{k=\"{quoted}\"}}", LabelText.Format([new Label("k", value)]));
}
