using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>The kinds of variables that a reference sets.</summary>
    [Flags]
    public enum ReferenceEnvironmentInjectionFlags
    {
        /// <summary>None.</summary>
        None = 0,

        /// <summary><c>ConnectionStrings__NAME</c>.</summary>
        ConnectionString = 1,

        /// <summary><c>NAME_PART</c>.</summary>
        ConnectionProperties = 2,

        /// <summary><c>services__NAME__ENDPOINT__0</c>.</summary>
        ServiceDiscovery = 4,

        /// <summary><c>NAME_ENDPOINT</c>.</summary>
        Endpoints = 8,

        /// <summary>All.</summary>
        All = ConnectionString | ConnectionProperties | ServiceDiscovery | Endpoints,
    }

    /// <summary>Which kinds of variables references set on a resource.</summary>
    internal sealed record ReferenceEnvironmentInjectionAnnotation(ReferenceEnvironmentInjectionFlags Flags) : IResourceAnnotation;

    /// <summary>A reference to endpoints of another resource; repeated ones come together here.</summary>
    internal sealed class EndpointsReferenceAnnotation(IResourceWithEndpoints source, string name) : IResourceAnnotation
    {
        public IResourceWithEndpoints Source { get; } = source;

        public string Name { get; } = name;

        public bool All { get; set; }

        public HashSet<string> Only { get; } = new(StringComparer.OrdinalIgnoreCase);
    }
}

namespace Aspire.Hosting
{
    /// <summary>The variables by which a resource is told of another.</summary>
    internal static class References
    {
        /// <summary>A connection string and its parts.</summary>
        public static void AddConnection(EnvironmentCallbackContext context, IResourceWithConnectionString source, string name, bool optional)
        {
            var flags = FlagsOf(context.Resource);
            if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.ConnectionString))
            {
                var variable = source.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{name}";
                context.EnvironmentVariables[variable] = new ConnectionStringReference(source, optional);
            }
            if (!flags.HasFlag(ReferenceEnvironmentInjectionFlags.ConnectionProperties))
                return;
            var prefix = name.Length == 0 ? "" : Encoded(name).ToUpperInvariant() + "_";
            foreach (var (property, value) in source.GetConnectionProperties())
                context.EnvironmentVariables[prefix + property.ToUpperInvariant()] = value;
            foreach (var added in source.Annotations.OfType<ConnectionPropertyAnnotation>())
                context.EnvironmentVariables[prefix + added.Name.ToUpperInvariant()] = added.Value;
        }

        /// <summary>
        /// Endpoints, in both forms that clients look for: by endpoint name (<c>http://_grpc.ingester</c>) and by scheme
        /// (<c>https+http://ingester</c>).
        /// </summary>
        public static void AddEndpoints(EnvironmentCallbackContext context, EndpointsReferenceAnnotation reference)
        {
            var flags = FlagsOf(context.Resource);
            var endpoints = Wanted(reference).ToArray();
            foreach (var endpoint in endpoints)
            {
                if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.Endpoints))
                {
                    var prefix = Encoded(reference.Name);
                    if (reference.Name == reference.Source.Name)
                        prefix = prefix.ToUpperInvariant();
                    context.EnvironmentVariables[$"{prefix}_{Encoded(endpoint.EndpointName).ToUpperInvariant()}"] = endpoint;
                }
                if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.ServiceDiscovery))
                    context.EnvironmentVariables[$"services__{reference.Name}__{endpoint.EndpointName}__0"] = endpoint;
            }
            if (!flags.HasFlag(ReferenceEnvironmentInjectionFlags.ServiceDiscovery))
                return;
            foreach (var endpoint in endpoints.Where(e => !e.EndpointName.Equals(e.Scheme, StringComparison.OrdinalIgnoreCase)))
            {
                var index = 0;
                while (context.EnvironmentVariables.ContainsKey($"services__{reference.Name}__{endpoint.Scheme}__{index}"))
                    index++;
                context.EnvironmentVariables[$"services__{reference.Name}__{endpoint.Scheme}__{index}"] = endpoint;
            }
        }

        /// <summary>A service given by its URL.</summary>
        public static void AddUrl(EnvironmentCallbackContext context, string name, string scheme, string variable, object url)
        {
            var flags = FlagsOf(context.Resource);
            if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.ServiceDiscovery))
                context.EnvironmentVariables[$"services__{name}__{scheme}__0"] = url;
            if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.Endpoints))
                context.EnvironmentVariables[variable] = url;
        }

        /// <summary>A service outside of the application.</summary>
        public static void AddExternal(EnvironmentCallbackContext context, ExternalServiceResource service)
        {
            var name = Encoded(service.Name).ToUpperInvariant();
            if (service.Uri is { } uri)
                AddUrl(context, service.Name, uri.Scheme, $"{name}_{uri.Scheme.ToUpperInvariant()}", uri.ToString());
            else
                AddUrl(context, service.Name, "default", name, service.UrlParameter!);
        }

        /// <summary>A name as variables can bear it: ASCII letters, digits and underscores, no digit first.</summary>
        public static string Encoded(string name)
        {
            var encoded = new StringBuilder(name.Length + 1);
            if (name.Length > 0 && char.IsAsciiDigit(name[0]))
                encoded.Append('_');
            foreach (var c in name)
                encoded.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
            return encoded.ToString();
        }

        private static IEnumerable<EndpointReference> Wanted(EndpointsReferenceAnnotation reference) =>
            reference.All ? reference.Source.GetEndpoints() : reference.Only.Select(name => new EndpointReference(reference.Source, name));

        private static ReferenceEnvironmentInjectionFlags FlagsOf(IResource resource) =>
            resource.TryGetLastAnnotation<ReferenceEnvironmentInjectionAnnotation>(out var annotation)
                ? annotation.Flags : ReferenceEnvironmentInjectionFlags.All;
    }
}
