namespace Aspire.Hosting;

/// <summary>Whether the application runs or is published.</summary>
public class DistributedApplicationExecutionContext
{
    private readonly DistributedApplicationExecutionContextOptions _options;

    /// <summary>Describes a run or a publication.</summary>
    public DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
        : this(new DistributedApplicationExecutionContextOptions(operation))
    {
    }

    /// <summary>Describes a publication.</summary>
    public DistributedApplicationExecutionContext(DistributedApplicationOperation operation, string publisherName)
        : this(new DistributedApplicationExecutionContextOptions(operation, publisherName))
    {
    }

    /// <summary>Describes a run or a publication whose services come later.</summary>
    public DistributedApplicationExecutionContext(DistributedApplicationExecutionContextOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        PublisherName = options.PublisherName ?? "manifest";
    }

    /// <summary>What is done.</summary>
    public DistributedApplicationOperation Operation => _options.Operation;

    /// <summary>Who publishes.</summary>
    public string PublisherName { get; set; }

    /// <summary>Whether the application runs.</summary>
    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

    /// <summary>Whether the application is published.</summary>
    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    /// <summary>The application's services.</summary>
    /// <exception cref="InvalidOperationException">The application is not built yet.</exception>
    public IServiceProvider Services => _options.Services ?? throw new InvalidOperationException("There are no services before the application is built.");

    /// <summary>The services under their name before 13.5.</summary>
    [Obsolete("Use Services instead.")]
    public IServiceProvider ServiceProvider => Services;
}

/// <summary>What a <see cref="DistributedApplicationExecutionContext"/> is made of.</summary>
public class DistributedApplicationExecutionContextOptions
{
    /// <summary>Describes a run or a publication.</summary>
    public DistributedApplicationExecutionContextOptions(DistributedApplicationOperation operation) => Operation = operation;

    /// <summary>Describes a publication.</summary>
    public DistributedApplicationExecutionContextOptions(DistributedApplicationOperation operation, string publisherName)
        : this(operation) => PublisherName = publisherName;

    /// <summary>What is done.</summary>
    public DistributedApplicationOperation Operation { get; }

    /// <summary>Who publishes.</summary>
    public string? PublisherName { get; }

    /// <summary>The application's services, once it is built.</summary>
    public IServiceProvider? Services { get; set; }
}

/// <summary>What is done with the application.</summary>
public enum DistributedApplicationOperation
{
    /// <summary>It runs.</summary>
    Run = 0,

    /// <summary>It is published.</summary>
    Publish = 1,
}
