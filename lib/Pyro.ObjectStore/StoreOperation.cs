namespace Pyro.ObjectStore;

/// <summary>What is asked of a store; the names in metrics are those of Pyroscope.</summary>
public enum StoreOperation
{
    /// <summary>The whole of an object.</summary>
    Get,

    /// <summary>A part of an object.</summary>
    GetRange,

    /// <summary>A new object.</summary>
    Put,

    /// <summary>A listing.</summary>
    List,

    /// <summary>The end of an object.</summary>
    Delete,

    /// <summary>What is known of an object.</summary>
    Attributes,
}
