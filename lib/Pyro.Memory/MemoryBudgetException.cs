namespace Pyro.Memory;

/// <summary>What was asked for is beyond the budget of a <see cref="MemoryLedger"/>; later, or for less, it may succeed.</summary>
/// <param name="budget">The budget in bytes.</param>
public sealed class MemoryBudgetException(long budget)
    : Exception($"the memory budget of {budget} bytes is used up; ask for less or try again later")
{
    /// <summary>The budget in bytes.</summary>
    public long Budget => budget;
}
