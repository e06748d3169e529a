using Pyro.Tests.Unit.Queries;

namespace Pyro.Tests.Unit.Head;

public class AppendAllocationTests
{
    [Fact]
    public void A_profile_of_known_stacks_costs_little_more_than_its_samples()
    {
        const int Samples = 200, Profiles = 400;
        var held = new Held();
        var builder = RecordByHand.Cpu("a");
        for (var s = 0; s < Samples; s++)
        {
            builder.Sample($"main;f{s};g{s % 17}", s + 1);
        }

        var record = builder.Build();
        var head = Ulid.NewUlid();
        void Append(int profiles)
        {
            for (var i = 0; i < profiles; i++)
            {
                record.TimeNanos++;
                held.Store.Append(Held.Tenant, head, record);
            }
        }

        Append(Profiles);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Append(Profiles);
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Profiles;

        // 8 bytes a sample and the row, both in slabs and tables that grow in steps.
        Assert.InRange(bytes, 0, (8 * Samples) + 1500);
    }
}
