using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>Values given from outside, made up, or kept.</summary>
public sealed class ParameterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Configuration_wins_over_the_value_in_the_program()
    {
        using var app = new TestApplication("--Parameters:data=/elsewhere", "--Parameters:my_name=underscored");
        Assert.Equal("/elsewhere", await app.Builder.AddParameter("data", "./data").Resource.GetValueAsync(Cancellation));
        Assert.Equal("underscored", await app.Builder.AddParameter("my-name").Resource.GetValueAsync(Cancellation));
        Assert.Equal("here", await app.Builder.AddParameter("absent", "here").Resource.GetValueAsync(Cancellation));
        Assert.Equal("/elsewhere", await app.Builder.AddParameterFromConfiguration("other", "Parameters:data").Resource.GetValueAsync(Cancellation));
    }

    [Fact]
    public async Task A_missing_value_names_resource_setting_and_what_to_do()
    {
        using var app = new TestApplication();
        var token = app.Builder.AddParameter("api-token", secret: true);
        var user = app.Builder.AddExecutable("user", "x", ".").WithEnvironment("TOKEN", token);
        var fault = await Assert.ThrowsAsync<MissingParameterValueException>(() => app.Environment(user.Resource));
        Assert.StartsWith("Resource 'user', environment variable 'TOKEN': Parameter 'api-token' has no value.", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Parameters__api_token", fault.Message, StringComparison.Ordinal);
        var given = app.Builder.AddConnectionString("given");
        var other = app.Builder.AddExecutable("other", "x", ".").WithReference(given);
        fault = await Assert.ThrowsAsync<MissingParameterValueException>(() => app.Environment(other.Resource));
        Assert.Contains("Connection string 'given' has no value. Set ConnectionStrings:given", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_string_comes_from_configuration_under_a_variable_of_its_own()
    {
        using var app = new TestApplication("--ConnectionStrings:given=host=x");
        var given = app.Builder.AddConnectionString("given", "GIVEN_URL");
        var user = app.Builder.AddExecutable("user", "x", ".").WithReference(given);
        var environment = await app.Resolved(user.Resource);
        Assert.Equal(new ResolvedValue("host=x", IsSecret: true), environment["GIVEN_URL"]);
    }

    [Fact]
    public void A_secret_is_never_written_out_as_a_default()
    {
        using var app = new TestApplication();
        Assert.Throws<ArgumentException>(() => app.Builder.AddParameter("x", "value", publishValueAsDefault: true, secret: true));
    }

    [Fact]
    public async Task A_generated_password_is_one_for_all_and_fits_a_connection_string()
    {
        using var app = new TestApplication();
        var redis = app.Builder.AddRedis("redis");
        var password = redis.Resource.PasswordParameter!;
        var value = await password.GetValueAsync(Cancellation);
        Assert.Equal("redis-password", password.Name);
        Assert.Matches("^[a-zA-Z0-9]{22}$", value);
        Assert.Equal(value, await password.GetValueAsync(Cancellation));
    }

    [Fact]
    public void A_generated_value_keeps_its_minima()
    {
        var generator = new GenerateParameterDefault { MinLength = 12, MinUpper = 3, MinNumeric = 4, MinSpecial = 2, Lower = false };
        for (var i = 0; i < 100; i++)
        {
            var value = generator.GetDefaultValue();
            Assert.Equal(12, value.Length);
            Assert.True(value.Count(char.IsAsciiLetterUpper) >= 3 && value.Count(char.IsAsciiDigit) >= 4 && !value.Any(char.IsAsciiLetterLower), value);
        }
        Assert.Throws<InvalidOperationException>(() => new GenerateParameterDefault { Lower = false, MinLower = 1 }.GetDefaultValue());
    }

    [Fact]
    public void A_value_made_once_is_kept_in_a_file_that_only_its_owner_reads()
    {
        var folder = Directory.CreateTempSubdirectory("pyro-secrets-");
        try
        {
            var path = Path.Combine(folder.FullName, "id", "secrets.json");
            Assert.Equal("made", new UserSecrets(path).GetOrAdd("Parameters:x", () => "made"));
            Assert.Equal("made", new UserSecrets(path).GetOrAdd("Parameters:x", () => "again"));
            Assert.Equal("other", new UserSecrets(path).GetOrAdd("Parameters:y", () => "other"));
            Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            File.WriteAllText(path, "{ not json");
            Assert.Contains(path, Assert.Throws<DistributedApplicationException>(() => new UserSecrets(path).GetOrAdd("x", () => "")).Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
