namespace Pyro.Query.Querier;

/// <summary>Reduces stacks to what profile-guided optimisation in Go wants.</summary>
public static class GoPgoStacks
{
    /// <summary>Keeps the frames next to the leaf, and may join the lines of a function from which nothing was called.</summary>
    /// <param name="stacks">What to reduce; used up.</param>
    /// <param name="keepFrames">How many locations of each stack, from the leaf; 0: all.</param>
    /// <param name="aggregateCallees">Drops the line number of each location that is a leaf anywhere.</param>
    public static void Reduce(StackTable stacks, uint keepFrames, bool aggregateCallees)
    {
        var kept = new List<(int[] FromLeaf, long Value)>();
        for (var stack = 1; stack < stacks.StackCount; stack++)
        {
            if (stacks.Take(stack) is not 0 and var value) kept.Add((Frames(stacks, stack, keepFrames), value));
        }

        var leaves = aggregateCallees ? kept.Select(static k => k.FromLeaf[0]).ToHashSet() : [];
        foreach (var (frames, value) in kept)
        {
            var stack = 0;
            for (var i = frames.Length - 1; i >= 0; i--)
            {
                stack = stacks.Push(stack, leaves.Contains(frames[i]) ? stacks.WithoutLine(frames[i]) : frames[i]);
            }

            stacks.Add(stack, value);
        }
    }

    private static int[] Frames(StackTable stacks, int stack, uint most)
    {
        var frames = new List<int>();
        for (; stack != 0 && (most == 0 || frames.Count < most); stack = stacks.Parent(stack)) frames.Add(stacks.Location(stack));
        return [.. frames];
    }
}
