namespace Pyro.Load;

/// <summary>W-mix: of five profiles four of W-cpu and one of W-heap, 28 services in all.</summary>
internal sealed class MixWorkload(ulong seed) : IWorkload
{
    private const int Of = 5;
    private readonly CpuWorkload _cpu = new(seed);
    private readonly HeapWorkload _heap = new(seed);

    public string Name => "W-mix";

    public int Series => _cpu.Series * Of / (Of - 1);

    public string ProfileType => _cpu.ProfileType;

    public GeneratedProfile Profile(int number)
    {
        var (round, at) = Math.DivRem(number, Of);
        return at < Of - 1 ? _cpu.Profile(round * (Of - 1) + at) : _heap.Profile(round) with { Sum = 0 };
    }
}
