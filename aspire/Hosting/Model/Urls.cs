namespace Aspire.Hosting.ApplicationModel;

/// <summary>A link of a resource in the dashboard.</summary>
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    /// <summary>The link; relative to the endpoint when there is one.</summary>
    public required string Url { get; set; }

    /// <summary>What to show for it; null: the link itself.</summary>
    public string? DisplayText { get; set; }

    /// <summary>The endpoint that it leads to.</summary>
    public EndpointReference? Endpoint { get; init; }

    /// <summary>Links with a higher number come first.</summary>
    [Obsolete("A field by mistake; it will be a property one day.")]
    public int? DisplayOrder;

    /// <summary>Where the link is shown.</summary>
    public UrlDisplayLocation DisplayLocation { get; set; }
}

/// <summary>Where a link is shown.</summary>
public enum UrlDisplayLocation
{
    /// <summary>In the table and in the details.</summary>
    SummaryAndDetails = 0,

    /// <summary>In the details only.</summary>
    DetailsOnly = 1,
}

/// <summary>How an icon is drawn.</summary>
public enum IconVariant
{
    /// <summary>As an outline.</summary>
    Regular = 0,

    /// <summary>Filled.</summary>
    Filled = 1,
}

/// <summary>The icon of a resource.</summary>
internal sealed record ResourceIconAnnotation(string IconName, IconVariant IconVariant) : IResourceAnnotation;

/// <summary>What a resource has to do with another: <c>Reference</c>, <c>WaitFor</c>, <c>Parent</c> or a word of the model's.</summary>
internal sealed record ResourceRelationshipAnnotation(IResource Resource, string Type) : IResourceAnnotation;

/// <summary>The resource starts when somebody starts it, not with the application.</summary>
internal sealed class ExplicitStartupAnnotation : IResourceAnnotation;

/// <summary>The resource is left out when the application is published.</summary>
internal sealed class ExcludedFromManifestAnnotation : IResourceAnnotation;
