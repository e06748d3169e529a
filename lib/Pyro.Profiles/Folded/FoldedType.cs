namespace Pyro.Profiles.Folded;

/// <summary>What the counts of folded stacks are.</summary>
/// <param name="Type">Sample type.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="PeriodType">Period type, empty: none.</param>
/// <param name="PeriodUnit">Its unit.</param>
/// <param name="Scale">Each count is multiplied by it; the period where there is one.</param>
public readonly record struct FoldedType(string Type, string Unit, string PeriodType, string PeriodUnit, long Scale)
{
    /// <summary>Counts that are values already.</summary>
    public static FoldedType Counted(string type, string unit) => new(type, unit, "", "", 1);

    /// <summary>Counts of a clock's ticks: ns of the sampling rate in Hz, or plain samples when the rate is 0.</summary>
    public static FoldedType Ticks(string type, long sampleRate) =>
        sampleRate <= 0 ? Counted("samples", "count") : new(type, "nanoseconds", "cpu", "nanoseconds", 1_000_000_000 / sampleRate);
}
