using CsCheck;
using Pyro.Configuration;

namespace Pyro.Tests.Unit.Configuration;

public class OptionTableTests
{
    [Fact]
    public void Every_default_is_a_value_of_its_kind()
    {
        Settings settings = Loading.Settings();
        foreach (Option option in OptionTable.Options)
        {
            object? value = option.Kind switch
            {
                OptionKind.Text or OptionKind.Budget => settings.Text(option.Path),
                OptionKind.Switch => settings.Flag(option.Path),
                OptionKind.Integer or OptionKind.Bytes => settings.Integer(option.Path),
                OptionKind.Number => settings.Number(option.Path),
                OptionKind.Duration or OptionKind.LimitDuration => settings.Duration(option.Path),
                OptionKind.Durations => settings.Durations(option.Path),
                OptionKind.Csv or OptionKind.List => settings.List(option.Path),
                _ => settings.Structure(option.Path) ?? (object)"none",
            };
            Assert.NotNull(value);
            Assert.False(settings.IsSet(option.Path));
        }
    }

    [Fact]
    public void Every_row_is_well_formed()
    {
        Assert.InRange(OptionTable.Options.Count, 500, 1000);
        foreach (Option option in OptionTable.Options)
        {
            Assert.All(option.Path.Split('.'), part => Assert.True(part.Length > 0 && part.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-'), option.Path));
            Assert.True(option.Help.EndsWith('.') || option.Help.EndsWith(").", StringComparison.Ordinal), option.Path);
            Assert.DoesNotContain(OptionTable.Options, other => other.Path.StartsWith(option.Path + ".", StringComparison.Ordinal));
            Assert.Equal(option.Kind == OptionKind.LimitDuration, option.Kind is OptionKind.Duration or OptionKind.LimitDuration && option.Path.StartsWith("limits.", StringComparison.Ordinal));
            if (option.Flag is { } flag)
            {
                Assert.Equal((option, false), OptionTable.ByFlag(flag));
            }
        }
    }

    [Fact]
    public void Every_other_name_leads_to_an_option()
    {
        Assert.All(OptionTable.FlagNames, flag => Assert.NotNull(OptionTable.ByFlag(flag)));
        Assert.All(OptionTable.PathNames, path => Assert.NotNull(OptionTable.ByUserPath(path)));
        Assert.Equal(OptionTable.PathNames.Count(), OptionTable.PathNames.Distinct().Count());
    }

    [Fact]
    public void Credentials_are_secrets()
    {
        string[] known =
        [
            "storage.s3.secret_access_key", "storage.azure.account_key", "storage.azure.client_secret", "storage.azure.connection_string",
            "storage.swift.password", "storage.cos.secret_key", "storage.cos.secret_id", "storage.gcs.service_account",
            "frontend.results_cache.redis.password", "distributor.ring.kvstore.etcd.password", "distributor.ring.kvstore.consul.acl_token",
            "server.http_tls_config.key", "server.grpc_tls_config.key",
        ];
        Assert.All(known, path => Assert.True(OptionTable.ByPath(path).Secret, path));
    }

    [Fact]
    public void Printed_defaults_read_back_as_the_defaults()
    {
        Settings settings = Loading.Settings();
        Settings again = Loading.Settings(yaml: SettingsPrinter.Defaults(settings).Replace("<hostname>", settings.Text("distributor.ring.instance_id"), StringComparison.Ordinal));
        Assert.Equal(SettingsPrinter.Running(settings), SettingsPrinter.Running(again));
        Assert.Equal("{}\n", SettingsPrinter.Diff(settings));
    }

    [Fact]
    public void Any_configuration_reads_back_from_its_print()
    {
        Option[] options = [.. OptionTable.Options.Where(option => !option.Secret && !Bound.Contains(option.Path))];
        Gen<(Option Option, string Text)> setting =
            from option in OneOf(options)
            from text in TextOf(option)
            select (option, text);
        setting.List[1, 40].Sample(
            settings =>
            {
                (string, string)[] environment =
                [
                    .. settings.DistinctBy(s => s.Option.Path)
                        .Select(s => ("PYRO__" + s.Option.Path.Replace(".", "__", StringComparison.Ordinal).Replace('-', '_'), s.Text)),
                ];
                Settings loaded = Loading.Settings(environment: environment);
                string printed = SettingsPrinter.Running(loaded);
                Settings again = Loading.Settings(yaml: printed);
                Assert.Equal(printed, SettingsPrinter.Running(again));
                Settings fromDiff = Loading.Settings(yaml: SettingsPrinter.Diff(loaded));
                Assert.Equal(printed, SettingsPrinter.Running(fromDiff));
            },
            iter: 60);
    }

    /// <summary>Settings that others depend on.</summary>
    private static readonly string[] Bound =
    [
        "target", "compactor.block_ranges", "pyroscopedb.max_block_duration", "storage.prefix", "storage.storage_prefix",
        "storage.s3.sse.kms_encryption_context", "limits.s3_sse_kms_encryption_context", "server.log_source_ips_regex",
        "pyroscopedb.min_disk_available_percentage", "storage.s3.bucket_lookup_type",
    ];

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<string> TextOf(Option option) => option.Kind switch
    {
        _ when option.Choices.Count > 0 => OneOf([.. option.Choices]),
        OptionKind.Text => Gen.String[Gen.Char[' ', 'ÿ'], 0, 20],
        OptionKind.Switch => OneOf("true", "false"),
        OptionKind.Integer => Gen.Long[double.IsNegative(option.Min) ? -9 : (long)option.Min, double.IsInfinity(option.Max) ? long.MaxValue : (long)option.Max].Select(n => $"{n}"),
        OptionKind.Number => Gen.Double[0, 1e9].Select(n => n.ToString("R")),
        OptionKind.Bytes => Gen.Long[0, long.MaxValue].Select(n => $"{n}"),
        OptionKind.Budget => OneOf("50%", "3GiB"),
        OptionKind.Duration => Gen.Long[0, 1L << 50].Select(n => $"{n}us"),
        OptionKind.LimitDuration => Gen.Long[0, 1L << 40].Select(n => $"{n}ms"),
        OptionKind.Csv or OptionKind.List => OneOf("", "a", "a,b", "null", "dns+x:1, y"),
        OptionKind.Structure => OneOf("", "[{action: drop, regex: 'a: #b'}]", "{a: {b: 'null', c: null}}"),
        _ => Gen.Const(option.Default),
    };
}
