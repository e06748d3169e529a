namespace Aspire.Hosting;

/// <summary>Something is wrong with the application as described or as configured.</summary>
public class DistributedApplicationException : Exception
{
    /// <summary>Says nothing.</summary>
    public DistributedApplicationException()
    {
    }

    /// <summary>Says what is wrong.</summary>
    public DistributedApplicationException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong and why.</summary>
    public DistributedApplicationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>A parameter has no value.</summary>
public class MissingParameterValueException : DistributedApplicationException
{
    /// <summary>Says which.</summary>
    public MissingParameterValueException(string message)
        : base(message)
    {
    }

    /// <summary>Says which and why.</summary>
    public MissingParameterValueException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
