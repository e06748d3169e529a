using System.Runtime.CompilerServices;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A text with holes for values that are known later: ports, passwords, connection strings.</summary>
public class ReferenceExpression : IManifestExpressionProvider, IValueProvider, IValueWithReferences
{
    /// <summary>The empty text.</summary>
    public static readonly ReferenceExpression Empty = new("", [], []);

    internal ReferenceExpression(string format, IReadOnlyList<IValueProvider> valueProviders, IReadOnlyList<string?> stringFormats)
    {
        Format = format;
        ValueProviders = valueProviders;
        StringFormats = stringFormats;
    }

    /// <summary>The text with <c>{0}</c>, <c>{1}</c>, … for holes and doubled braces for braces.</summary>
    public string Format { get; }

    /// <summary>What fills the holes.</summary>
    public IReadOnlyList<IValueProvider> ValueProviders { get; }

    /// <summary>The placeholders of what fills the holes.</summary>
    public IReadOnlyList<string> ManifestExpressions => [.. ValueProviders.Select(Placeholder)];

    /// <inheritdoc/>
    public string ValueExpression => string.Format(Format, [.. ManifestExpressions]);

    IEnumerable<object> IValueWithReferences.References => ValueProviders;

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetValueAsync(cancellationToken);

    /// <summary>How the value of each hole is written: null as it is, <c>uri</c> escaped for a URL.</summary>
    internal IReadOnlyList<string?> StringFormats { get; }

    /// <summary>Makes an expression of an interpolated string.</summary>
    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.Build();

    /// <summary>The text with its holes filled; waits until all values are known.</summary>
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken)
    {
        var values = new object?[ValueProviders.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = Formatted(await ValueProviders[i].GetValueAsync(cancellationToken), StringFormats[i]);
        return string.Format(Format, values);
    }

    /// <summary>A value as a hole writes it.</summary>
    internal static string? Formatted(string? value, string? format) => format switch
    {
        null or "" => value,
        "uri" => value is null ? null : Uri.EscapeDataString(value),
        _ => throw new FormatException($"An expression knows no format '{format}': leave it out or say 'uri'."),
    };

    private static string Placeholder(IValueProvider provider) => provider is IManifestExpressionProvider manifest ? manifest.ValueExpression : "";

    /// <summary>Collects an interpolated string. Holes take strings and what has a value later, nothing else.</summary>
    /// <param name="literalLength">The length of the text between holes.</param>
    /// <param name="formattedCount">The number of holes.</param>
    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        private readonly ReferenceExpressionBuilder _builder = new(literalLength, formattedCount);

        /// <summary>Adds text.</summary>
        public void AppendLiteral(string value) => _builder.AppendLiteral(value);

        /// <summary>Adds a text that is known already.</summary>
        public void AppendFormatted(string? value) => _builder.AppendFormatted(value);

        /// <summary>Adds a text that is known already.</summary>
        public void AppendFormatted(string? value, string? format = null) => _builder.AppendFormatted(value, format);

        /// <summary>Adds a value known later.</summary>
        public void AppendFormatted<T>(T valueProvider)
            where T : IValueProvider, IManifestExpressionProvider => _builder.AppendFormatted(valueProvider);

        /// <summary>Adds a value known later.</summary>
        public void AppendFormatted<T>(T valueProvider, string? format = null)
            where T : IValueProvider, IManifestExpressionProvider => _builder.AppendFormatted(valueProvider, format);

        /// <summary>Adds a resource's value.</summary>
        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider)
            where T : IResource, IValueProvider, IManifestExpressionProvider => _builder.AppendFormatted(valueProvider.Resource);

        /// <summary>Adds a resource's value.</summary>
        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider, string? format = null)
            where T : IResource, IValueProvider, IManifestExpressionProvider => _builder.AppendFormatted(valueProvider.Resource, format);

        internal ReferenceExpression Build() => _builder.Build();
    }
}
