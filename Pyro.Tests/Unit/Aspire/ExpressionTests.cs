using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using CsCheck;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>Texts with holes for values that are known later.</summary>
public sealed class ExpressionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Holes_take_parameters_endpoints_and_strings()
    {
        using var app = new TestApplication("--Parameters:user=bob");
        var user = app.Builder.AddParameter("user");
        var api = app.Builder.AddExecutable("api", "x", ".").WithHttpEndpoint(port: 8080);
        app.Allocate();
        var known = "a";
        var expression = ReferenceExpression.Create($"{known}:{user}@{api.GetEndpoint("http")}/{api.GetEndpoint("http").Property(EndpointProperty.HostAndPort)}");
        Assert.Equal("a:bob@http://localhost:8080/localhost:8080", await expression.GetValueAsync(Cancellation));
        Assert.Equal("a:{0}@{1}/{2}", expression.Format);
        Assert.Equal("a:{user.value}@{api.bindings.http.url}/{api.bindings.http.hostAndPort}", expression.ValueExpression);
    }

    [Fact]
    public async Task Any_text_with_braces_survives() => await Gen.String.SampleAsync(async text =>
    {
        var expression = ReferenceExpression.Create($"{text}{{{text}}}");
        Assert.Equal($"{text}{{{text}}}", await expression.GetValueAsync(Cancellation));
    }, iter: 200);

    [Fact]
    public async Task A_uri_hole_is_escaped_whether_known_or_not()
    {
        using var app = new TestApplication("--Parameters:password=a/b c");
        var password = app.Builder.AddParameter("password", secret: true);
        var expression = ReferenceExpression.Create($"redis://:{password:uri}@{"x y":uri}");
        Assert.Equal("redis://:a%2Fb%20c@x%20y", await expression.GetValueAsync(Cancellation));
        Assert.Throws<FormatException>(() => ReferenceExpression.Create($"{"x":upper}"));
    }

    [Fact]
    public async Task A_builder_makes_the_same_as_one_string()
    {
        using var app = new TestApplication("--Parameters:user=bob");
        var user = app.Builder.AddParameter("user");
        var builder = new ReferenceExpressionBuilder();
        Assert.True(builder.IsEmpty);
        builder.AppendLiteral("User={");
        builder.Append($"{user}");
        builder.AppendFormatted(user.Resource);
        builder.AppendFormatted("}");
        Assert.Equal("User={bobbob}", await builder.Build().GetValueAsync(Cancellation));
        Assert.Same(ReferenceExpression.Empty, new ReferenceExpressionBuilder().Build());
    }

    [Fact]
    public async Task A_value_waits_until_the_endpoint_has_an_address()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddExecutable("api", "x", ".").WithHttpEndpoint();
        var value = ReferenceExpression.Create($"{api.GetEndpoint("http")}").GetValueAsync(Cancellation).AsTask();
        Assert.False(value.IsCompleted);
        app.Allocate();
        Assert.Equal("http://localhost:5001", await value);
    }

    [Fact]
    public async Task Connection_strings_in_a_circle_are_named()
    {
        using var app = new TestApplication();
        var b = app.Builder;
        IResourceBuilder<ConnectionStringResource>? second = null;
        var first = b.AddResource(new Late("first", () => second!.Resource));
        second = b.AddConnectionString("second", ReferenceExpression.Create($"x={first}"));
        var user = b.AddExecutable("user", "x", ".").WithReference(second);
        var fault = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.Environment(user.Resource));
        Assert.Contains("Resource 'user', environment variable 'ConnectionStrings__second'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("second → first → second", fault.Message, StringComparison.Ordinal);
    }

    private sealed class Late(string name, Func<IResourceWithConnectionString> other) : Resource(name), IResourceWithConnectionString
    {
        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{(ConnectionStringResource)other()}");
    }
}
