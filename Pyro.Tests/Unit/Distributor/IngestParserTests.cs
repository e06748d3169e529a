using Pyro.Distributor.Ingest;

namespace Pyro.Tests.Unit.Distributor;

public sealed class IngestParserTests
{
    [Theory]
    [InlineData("app", "app", "")]
    [InlineData(" app.cpu { a = b , c.d = e } ", "app.cpu", "a=b;c.d=e")]
    [InlineData("app{", "app", "")]
    [InlineData("app{a=b", "app", "")]
    [InlineData("app{a=b}x", "app", "a=b")]
    [InlineData("app{a=b=c}", "app", "a=b=c")]
    [InlineData("app{a=b,a=c}", "app", "a=c")]
    [InlineData("app{,}", "app", "")]
    [InlineData("app{a=b,}", "app", "a=b")]
    [InlineData("app{a=}", "app", "a=")]
    public void Names_are_read_as_loosely_as_Pyroscope_does(string text, string name, string tags)
    {
        var parsed = ServiceName.Parse(text);
        Assert.Equal(name, parsed.Name);
        Assert.Equal(tags, string.Join(';', parsed.Tags.Select(t => $"{t.Key}={t.Value}")));
    }

    [Theory]
    [InlineData("", "service name is required")]
    [InlineData("{a=b}", "service name is required")]
    [InlineData("app}", "invalid service name: app}: character is not allowed: '}'")]
    [InlineData("app{=b}", "label name is required")]
    [InlineData("app{a=b,,c=d}", "invalid label name: ,c: character is not allowed: ','")]
    [InlineData("приложение", "invalid service name: приложение: character is not allowed: 'п'")]
    public void Bad_names_say_why(string text, string message) =>
        Assert.Equal(message, Assert.Throws<ServiceNameException>(() => ServiceName.Parse(text)).Message);

    [Fact]
    public void Names_never_break_the_parser() => Fuzz.RunText("service name", ["app.cpu{a=b,c.d=e}", "a{,=}{", "app{k=значение}"], text =>
    {
        try
        {
            ServiceName.Parse(text);
        }
        catch (ServiceNameException)
        {
        }
    });

    [Theory]
    [InlineData("process_cpu", "samples", "cpu")]
    [InlineData("wall", "cpu", "wall")]
    [InlineData("process_cpu", "samples")]
    [InlineData("memory", "alloc_space")]
    [InlineData("memory", "objects", "space")]
    [InlineData("mutex", "contentions", "delay")]
    [InlineData("block", "block_duration")]
    [InlineData("goroutines", "goroutine")]
    [InlineData("weird", "weird")]
    [InlineData("process_cpu", "weird", "cpu")]
    [InlineData("b", "a", "b")]
    [InlineData("")]
    public void The_family_follows_from_the_sample_types(string metric, params string[] types) =>
        Assert.Equal(metric, MetricName.OfSampleTypes(types, SampleTypeConfig.Default));

    [Fact]
    public void A_configured_display_name_decides()
    {
        var config = SampleTypeConfig.Parse("""{"contentions":{"display-name":"block_count"},"x":{"units":"y"}}"""u8.ToArray());
        Assert.Equal("block", MetricName.OfSampleTypes(["contentions", "delay"], config));
        Assert.Equal("x", MetricName.OfSampleTypes(["x"], config));
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => SampleTypeConfig.Parse("[]"u8.ToArray()));
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => SampleTypeConfig.Parse("{\"a\":1}"u8.ToArray()));
    }

    [Theory]
    [InlineData("shop", "shop", "process_cpu", "cpu")]
    [InlineData("shop.itimer", "shop", "process_cpu", "cpu")]
    [InlineData("a..cpu", "a.", "process_cpu", "cpu")]
    [InlineData("shop.alloc_space", "shop", "memory", "alloc_space")]
    [InlineData("shop.lock_duration", "shop", "block", "delay")]
    public void The_suffix_of_an_application_names_its_type(string app, string service, string metric, string type)
    {
        var parsed = AppType.Of(app);
        Assert.Equal((service, metric, type), (parsed.Service, parsed.Metric, parsed.Type));
        Assert.Equal(
            "pyroscopeIngesterAdapter failed to convert metadata: unknown profile type: what",
            Assert.Throws<UnknownTypeException>(() => AppType.Of("x.what")).Message);
    }

    [Fact]
    public void Forms_give_their_file_parts()
    {
        var body = Form(("profile", "p.pb", "one\r\n--x"), ("note", null, "plain"), ("profile", "q.pb", "two"), ("sample_type_config", "c.json", ""));
        var form = MultipartForm.Parse(body, "multipart/form-data; boundary=\"x y\"");
        Assert.Equal("one\r\n--x"u8, form.File("profile").Span);
        Assert.True(form.File("note").IsEmpty);
        Assert.True(form.File("sample_type_config").IsEmpty);
        Assert.True(form.File("absent").IsEmpty);
    }

    [Fact]
    public void A_part_whose_disposition_lacks_a_value_is_passed_over()
    {
        var body = "--x\r\nContent-Disposition: form-data; name=\"profile\"; filename*\r\n\r\none\r\n--x--\r\n"u8.ToArray();
        Assert.True(MultipartForm.Parse(body, "multipart/form-data; boundary=x").File("profile").IsEmpty);
    }

    [Fact]
    public void Forms_never_break_the_parser() => Fuzz.Run("multipart", [Form(("profile", "p.pb", "content"), ("b", "c", ""))], bytes =>
    {
        try
        {
            MultipartForm.Parse(bytes, "multipart/form-data; boundary=\"x y\"").File("profile");
        }
        catch (MultipartException)
        {
        }
    });

    private static byte[] Form(params (string Name, string? File, string Content)[] parts)
    {
        var text = new System.Text.StringBuilder("preamble\r\n");
        foreach (var (name, file, content) in parts)
        {
            text.Append("--x y\r\nContent-Disposition: form-data; name=\"").Append(name).Append('"');
            if (file is not null) text.Append("; filename=\"").Append(file).Append('"');
            text.Append("\r\n\r\n").Append(content).Append("\r\n");
        }

        return System.Text.Encoding.UTF8.GetBytes(text.Append("--x y--\r\n").ToString());
    }
}
