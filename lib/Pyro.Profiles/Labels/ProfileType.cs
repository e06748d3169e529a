namespace Pyro.Profiles.Labels;

/// <summary>A profile type id, <c>name:type:unit:period type:period unit</c>; a sixth part is tolerated.</summary>
public sealed record ProfileType(string Id, string Name, string SampleType, string SampleUnit, string PeriodType, string PeriodUnit)
{
    private const string Form = "<name>:<sample-type>:<sample-unit>:<period-type>:<period-unit>(:delta)";

    /// <summary>The value of <c>__profile_type__</c> that stored series of this type have: the first five parts.</summary>
    public string Stored => $"{Name}:{SampleType}:{SampleUnit}:{PeriodType}:{PeriodUnit}";

    /// <summary>Parses an id. Parts may be empty; nothing is trimmed.</summary>
    /// <exception cref="SelectorException">Not five or six parts.</exception>
    public static ProfileType Parse(string id)
    {
        var parts = id.Split(':');
        if (parts.Length is not (5 or 6))
        {
            throw new SelectorException(
                $"profile-type selection must be of the form {Form}, got({parts.Length}): {GoQuote.Text(id)}");
        }

        return new ProfileType(id, parts[0], parts[1], parts[2], parts[3], parts[4]);
    }
}
