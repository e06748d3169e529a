namespace Aspire.Hosting.ApplicationModel;

/// <summary>Something that has a value once the application starts.</summary>
public interface IValueProvider
{
    /// <summary>The value; waits until it is known.</summary>
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

/// <summary>Something that has a placeholder when the application is published.</summary>
public interface IManifestExpressionProvider
{
    /// <summary>The placeholder, such as <c>{redis.bindings.tcp.port}</c>.</summary>
    string ValueExpression { get; }
}

/// <summary>A value made of others.</summary>
public interface IValueWithReferences
{
    /// <summary>What the value is made of.</summary>
    IEnumerable<object> References { get; }
}
