namespace Pyro.Profiles.Labels;

/// <summary>The label names that mean something to the server itself.</summary>
public static class LabelNames
{
    /// <summary>The profile family, such as <c>process_cpu</c>.</summary>
    public const string Name = "__name__";

    /// <summary>What a client calls the service.</summary>
    public const string Service = "service_name";

    /// <summary>The service again, as stored series have it.</summary>
    public const string StoredService = "__service_name__";

    /// <summary>The profile type of a stored series: five parts between colons.</summary>
    public const string ProfileType = "__profile_type__";

    /// <summary>The sample type of a stored series.</summary>
    public const string Type = "__type__";

    /// <summary>Its unit.</summary>
    public const string Unit = "__unit__";

    /// <summary>The period's type of a stored series.</summary>
    public const string PeriodType = "__period_type__";

    /// <summary>Its unit.</summary>
    public const string PeriodUnit = "__period_unit__";

    /// <summary>One run of a program; its values are reduced before they are stored.</summary>
    public const string Session = "__session_id__";

    /// <summary>Control label, not stored: <c>false</c> says that cumulative types hold deltas already.</summary>
    public const string Delta = "__delta__";

    /// <summary>Control label, not stored: <c>true</c> says that the profile came over OTLP.</summary>
    public const string Otel = "__otel__";

    /// <summary>Control label, not stored: <c>enforced</c> puts profile type and service first.</summary>
    public const string Order = "__order__";

    /// <summary>The family as pushed, where a built-in rule replaced it.</summary>
    public const string ReplacedName = "__name_replaced__";
}
