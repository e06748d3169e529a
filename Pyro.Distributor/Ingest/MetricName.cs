namespace Pyro.Distributor.Ingest;

/// <summary>The profile family (<c>__name__</c>) of what comes without one.</summary>
internal static class MetricName
{
    /// <summary>The family of a pprof by its sample types: the first that is known decides, but <c>wall</c> anywhere beats all.</summary>
    public static string OfSampleTypes(IReadOnlyList<string> types, SampleTypeConfig config)
    {
        string? name = null;
        for (var i = types.Count - 1; i >= 0; i--)
        {
            if (types[i] == "wall") return "wall";
            name = Family(config.DisplayName(types[i])) ?? name ?? types[i];
        }

        return name ?? "";
    }

    private static string? Family(string type)
    {
        if (type.Contains("cpu")) return "process_cpu";
        if (type.Contains("alloc_") || type.Contains("inuse_") || type is "space" or "objects") return "memory";
        if (type.Contains("mutex_")) return "mutex";
        if (type.Contains("block_")) return "block";
        return type.Contains("goroutines") ? "goroutines" : null;
    }
}
