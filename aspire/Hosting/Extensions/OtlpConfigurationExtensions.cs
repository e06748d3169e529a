using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Tells resources where to send their telemetry.</summary>
public static class OtlpConfigurationExtensions
{
    private static readonly (string Name, string Value)[] Development =
    [
        ("OTEL_BLRP_SCHEDULE_DELAY", "1000"),
        ("OTEL_BSP_SCHEDULE_DELAY", "1000"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
        ("OTEL_TRACES_SAMPLER", "always_on"),
        ("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based"),
        ("OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION", "true"),
        ("OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION", "true"),
    ];

    /// <summary>Tells the resource where the dashboard takes telemetry.</summary>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment
    {
        AddOtlpEnvironment(builder.Resource, builder.ApplicationBuilder.Configuration, builder.ApplicationBuilder.Environment);
        return builder;
    }

    /// <summary>Adds the variables; where the dashboard listens is asked for at each start. Nothing listens: nothing is said.</summary>
    internal static void AddOtlpEnvironment(IResource resource, IConfiguration configuration, IHostEnvironment environment) =>
        resource.Annotations.Add(new EnvironmentCallbackAnnotation(context =>
        {
            if (context.ExecutionContext.IsRunMode)
                Add(context.EnvironmentVariables, resource, configuration, environment);
            return Task.CompletedTask;
        }));

    private static void Add(Dictionary<string, object> variables, IResource resource, IConfiguration configuration, IHostEnvironment environment)
    {
        variables["OTEL_SERVICE_NAME"] = resource.Name;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = new InstanceValue(instance => $"service.instance.id={instance.Suffix}");
        variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
        if (configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] is { Length: > 0 } grpc)
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = grpc;
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        }
        else if (configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] is { Length: > 0 } http)
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = http;
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        }
        if (configuration["AppHost:OtlpApiKey"] is { Length: > 0 } key)
            variables["OTEL_EXPORTER_OTLP_HEADERS"] = new SecretText($"x-otlp-api-key={key}");
        if (!environment.IsDevelopment())
            return;
        foreach (var (name, value) in Development)
            variables[name] = value;
    }
}
