using Grpc.Core;

namespace Pyro.Tests.Simulation.Life;

/// <summary>Questions that are asked of a life while it goes on, and how many had which answer.</summary>
internal sealed class LifeQuestions(LifeWorld world)
{
    private readonly List<Task> _asked = [];

    /// <summary>One is asked in so many steps of time; 0: none.</summary>
    public int OnceIn { get; set; } = 20;

    /// <summary>None are asked: those that wait for each other's reads go on outside of the scheduler.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Answers with all that there is.</summary>
    public int Whole { get; private set; }

    /// <summary>Answers that tell what they lack.</summary>
    public int Partial { get; private set; }

    /// <summary>What the last that was not whole lacked, or why there was none.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Forgets those that a life that ended has not answered.</summary>
    public void Clear() => _asked.Clear();

    /// <summary>Asks one now and then.</summary>
    public void AskPerhaps()
    {
        if (OnceIn > 0 && !IsPaused && world.Random.Next(OnceIn) == 0)
        {
            _asked.Add(world.Scheduler.Start(Ask));
        }
    }

    /// <summary>Takes the answers that came; throws for one that is wrong.</summary>
    public void TakeAnswers()
    {
        foreach (var question in _asked)
        {
            if (question.IsFaulted && !world.IsDead)
            {
                throw new InvalidOperationException(question.Exception!.InnerException!.Message, question.Exception.InnerException);
            }
        }

        _asked.RemoveAll(static q => q.IsCompleted);
    }

    /// <summary>Asks for all there is: what was answered for before is in the answer once, or the answer tells that it lacks something, or there is none.</summary>
    public async Task Ask()
    {
        var known = world.Profiles.Known(world.Number);
        try
        {
            var (totals, lacks) = await world.Process.Querier.Totals(LifeWorld.Tenant);
            world.Profiles.Check(totals, lacks is null ? known : []);
            Whole += lacks is null ? 1 : 0;
            Partial += lacks is null ? 0 : 1;
            Reason = lacks ?? Reason;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted || world.IsDead || world.Disk.HasCrashed)
        {
            Reason = e.Status.Detail;
        }
    }
}
