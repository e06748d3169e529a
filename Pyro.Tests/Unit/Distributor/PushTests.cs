using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Api.Pprof;
using Pyro.Api.Push;
using Pyro.Distributor.Push;
using Pyro.Ring;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Distributor;

public sealed class PushTests
{
    private static readonly (string, string)[] ShopLabels = [("__name__", "process_cpu"), ("service_name", "shop")];

    [Fact]
    public async Task One_body_pushed_twice_is_one_profile()
    {
        var harness = new Harness();
        var series = Harness.Series(Profile(), "", ShopLabels);
        Assert.Equal(StatusCode.OK, (await harness.Push(series)).StatusCode);
        Assert.Equal(StatusCode.OK, (await harness.Push(series)).StatusCode);
        await harness.Push(Harness.Series(Profile(value: 2), "", ShopLabels));
        var records = harness.Ingesters[0].Records;
        Assert.Equal(3, records.Count);
        Assert.Equal(records[0].Id, records[1].Id);
        Assert.NotEqual(records[0].Id, records[2].Id);
        Assert.Equal(8UL, (records[0].Id.High >> 12) & 0xF);
    }

    [Fact]
    public async Task The_id_depends_on_the_tenant()
    {
        var harness = new Harness();
        var body = new PushRequest { Series = { Harness.Series(Profile(), "", ShopLabels) } }.ToByteArray();
        await harness.Push(body, "a");
        await harness.Push(body, "b");
        Assert.Equal(["a", "b"], harness.Ingesters[0].Records.Select(r => r.Tenant));
        Assert.NotEqual(harness.Ingesters[0].Records[0].Id, harness.Ingesters[0].Records[1].Id);
    }

    [Theory]
    [InlineData("0B7C0D2E-0001-4000-8000-00000000000A", true)]
    [InlineData("00000000-0000-0000-0000-000000000000", false)]
    [InlineData("not an id", false)]
    public async Task A_valid_id_of_the_client_is_kept(string id, bool kept)
    {
        var harness = new Harness();
        await harness.Push(Harness.Series(Profile(), id, ShopLabels));
        var stored = Assert.Single(harness.Ingesters[0].Records).Id;
        Assert.Equal(kept, string.Equals(stored.ToString(), id, StringComparison.OrdinalIgnoreCase));
        Assert.NotEqual(new ProfileId(0, 0), stored);
    }

    [Fact]
    public async Task A_profile_is_split_by_the_labels_of_its_samples()
    {
        var harness = new Harness();
        await harness.Push(Harness.Series(Profile(label: "cart"), "", ShopLabels));
        var records = harness.Ingesters[0].Records.OrderBy(r => r.Labels, StringComparer.Ordinal).ToList();
        Assert.Equal(
            ["__name__=process_cpu,controller=cart,service_name=shop", "__name__=process_cpu,service_name=shop"],
            records.Select(r => r.Labels));
        Assert.Equal([7, 1], records.Select(r => r.Values[0]));
        Assert.Equal(1, harness.Ingesters[0].Calls);
    }

    [Fact]
    public async Task A_bad_series_does_not_stop_the_good_ones()
    {
        var harness = new Harness();
        var status = await harness.Push(
            Harness.Series([1, 2, 3], "", ShopLabels),
            Harness.Series(Profile(), "", ("__name__", "process_cpu"), ("a-b", "x")),
            Harness.Series(Profile(), "", ShopLabels));
        Assert.Equal(StatusCode.InvalidArgument, status.StatusCode);
        Assert.Contains("invalid label name 'a-b'", status.Detail, StringComparison.Ordinal);
        Assert.Single(harness.Ingesters[0].Records);
    }

    [Fact]
    public async Task Refusals_of_an_ingester_come_back_for_their_series_alone()
    {
        var harness = new Harness();
        harness.Ingesters[0].Refuse = labels => labels.Contains("service_name=full", StringComparison.Ordinal)
            ? new AppendResult { Code = (int)StatusCode.ResourceExhausted, Message = "Maximum active series limit exceeded (5/5)" }
            : null;
        var status = await harness.Push(
            Harness.Series(Profile(), "", ("__name__", "process_cpu"), ("service_name", "full")),
            Harness.Series(Profile(), "", ShopLabels));
        Assert.Equal(new Status(StatusCode.ResourceExhausted, "Maximum active series limit exceeded (5/5)"), status);
        Assert.Equal("__name__=process_cpu,service_name=shop", Assert.Single(harness.Ingesters[0].Records).Labels);
    }

    [Fact]
    public async Task Everything_dropped_is_a_success()
    {
        var harness = new Harness();
        Assert.Equal(StatusCode.OK, (await harness.Push(Harness.Series(Profile(value: 0), "", ShopLabels))).StatusCode);
        Assert.Equal(StatusCode.OK, (await harness.Push(Harness.Series(Profile(value: -5), "", ShopLabels))).StatusCode);
        Assert.Equal(0, harness.Ingesters[0].Calls);
    }

    [Fact]
    public async Task Three_replicas_answer_at_two_and_the_third_is_still_written()
    {
        var harness = new Harness(ingesters: 3, replicationFactor: 3);
        var slow = new TaskCompletionSource();
        harness.Ingesters[1].Before = _ => slow.Task;
        Assert.Equal(StatusCode.OK, (await harness.Push(Harness.Series(Profile(), "", ShopLabels))).StatusCode);
        Assert.Equal([1, 0, 1], harness.Ingesters.Select(i => i.Records.Count));
        slow.SetResult();
        await harness.Writer.WhenIdle();
        Assert.Equal([1, 1, 1], harness.Ingesters.Select(i => i.Records.Count));
        Assert.Single(harness.Ingesters.Select(i => i.Records[0].Id).Distinct());
    }

    [Fact]
    public async Task One_broken_replica_of_three_is_tolerated_two_are_not()
    {
        var harness = new Harness(ingesters: 3, replicationFactor: 3);
        harness.Ingesters[0].Before = _ => throw new RpcException(new Status(StatusCode.Unavailable, "down"));
        Assert.Equal(StatusCode.OK, (await harness.Push(Harness.Series(Profile(), "", ShopLabels))).StatusCode);
        harness.Ingesters[2].Before = harness.Ingesters[0].Before;
        var status = await harness.Push(Harness.Series(Profile(), "x", ShopLabels));
        Assert.Equal(new Status(StatusCode.Unknown, "push series with index 0 and id x failed: down"), status);
    }

    [Fact]
    public async Task A_replica_that_says_nothing_is_given_up_after_the_timeout()
    {
        var harness = new Harness();
        harness.Ingesters[0].Before = token => Task.Delay(Timeout.Infinite, token);
        var push = harness.Push(Harness.Series(Profile(), "", ShopLabels));
        harness.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(StatusCode.DeadlineExceeded, (await push).StatusCode);
    }

    [Fact]
    public async Task Who_waits_for_an_ingester_holds_on_to_no_decoded_profile()
    {
        var harness = new Harness();
        var slow = new TaskCompletionSource();
        harness.Ingesters[0].Before = _ => slow.Task;
        var pushes = Enumerable.Range(0, 5).Select(_ => harness.Push(Harness.Series(Profile(), "", ShopLabels), Harness.Series(Profile(), "", ShopLabels))).ToList();
        Assert.All(pushes, static p => Assert.False(p.IsCompleted));
        Assert.InRange(harness.Scratch.Made, 1, 2);
        slow.SetResult();
        Assert.All(await Task.WhenAll(pushes), static s => Assert.Equal(StatusCode.OK, s.StatusCode));
    }

    [Fact]
    public async Task Without_ingesters_the_failure_names_the_series()
    {
        var status = await new Harness(ingesters: 0).Push(Harness.Series(Profile(), "", ShopLabels));
        Assert.Equal(new Status(StatusCode.Unknown, "push series with index 0 and id  failed: empty ring"), status);
    }

    [Fact]
    public async Task What_the_ingesters_cannot_store_now_is_worth_another_try_and_tells_nothing_of_the_insides()
    {
        var harness = new Harness();
        Assert.Equal(200, (await harness.Ingest("?name=app", "a;b 1\n"u8.ToArray())).Status);
        Assert.Equal("", harness.RetryAfter);
        harness.Ingesters[0].Before = _ => throw new RpcException(new Status(StatusCode.Internal, "Error starting gRPC call.", new ObjectDisposedException("Socket")));
        var (status, answer) = await harness.Ingest("?name=app", "a;b 1\n"u8.ToArray());
        Assert.Equal((500, "1"), (status, harness.RetryAfter));
        Assert.Equal("{\"code\":\"unknown\",\"message\":\"push series with index 0 and id  failed: cannot be reached: the connection broke\"}", answer.TrimEnd());
        Assert.Equal(400, (await harness.Ingest("?name=app.nope", "a;b 1\n"u8.ToArray())).Status);
        Assert.Equal("", harness.RetryAfter);
    }

    [Fact]
    public async Task Once_the_process_stops_what_cannot_be_stored_any_more_is_unavailable_and_the_rest_is_stored()
    {
        var harness = new Harness(stopping: new CancellationToken(canceled: true));
        Assert.Equal(StatusCode.OK, (await harness.Push(Harness.Series(Profile(), "", ShopLabels))).StatusCode);
        harness.Ring.Merge(RingState.Of(harness.Ring.Snapshot.Members[0] with { State = MemberState.Leaving, Heartbeat = 2 }));
        var status = await harness.Push(Harness.Series(Profile(value: 2), "", ShopLabels));
        Assert.Equal(new Status(StatusCode.Unavailable, "the server is stopping"), status);
    }

    [Fact]
    public async Task Many_large_profiles_go_in_together_and_each_ingester_is_called_once()
    {
        var harness = new Harness(ingesters: 5, replicationFactor: 3);
        var series = Enumerable.Range(0, 40)
            .Select(i => Harness.Series(Profile(padding: 20_000), "", ("__name__", "process_cpu"), ("service_name", $"s{i}")))
            .ToArray();
        var pushed = await harness.Push(series);
        Assert.Equal(Status.DefaultSuccess, pushed);
        await harness.Writer.WhenIdle();
        Assert.Equal(120, harness.Ingesters.Sum(i => i.Records.Count));
        Assert.All(harness.Ingesters, i => Assert.Equal(1, i.Calls));
        Assert.All(
            harness.Ingesters.SelectMany(i => i.Records).GroupBy(r => r.Labels), copies => Assert.Single(copies.Select(r => r.Id).Distinct()));
    }

    [Fact]
    public async Task Sessions_and_service_versions_are_settled()
    {
        var harness = new Harness(limits: Harness.Limits("-validation.reject-older-than=0", "-validation.max-sessions-per-series=3"));
        await harness.Push(Harness.Series(Profile(), "", [.. ShopLabels, ("__session_id__", "0a00000000000000")]));
        Assert.Equal("__name__=process_cpu,__session_id__=0100000000000000,service_name=shop", harness.Ingesters[0].Records[0].Labels);
        await harness.Push(Harness.Series(Profile(), "", [.. ShopLabels, ("__session_id__", "nonsense")]));
        Assert.Equal("__name__=process_cpu,service_name=shop", harness.Ingesters[0].Records[1].Labels);
    }

    [Fact]
    public async Task An_ordinary_push_allocates_little_whatever_the_profile_weighs()
    {
        var small = await Allocated(Profile(padding: 1000));
        var large = await Allocated(Profile(padding: 200_000));
        Assert.True(large < small + 4096, $"{small} bytes for a small one, {large} for a large one");
        Assert.True(small < 16 << 10, $"{small} bytes");

        static async Task<long> Allocated(byte[] profile)
        {
            var harness = new Harness(limits: Harness.Limits(
                "-validation.reject-older-than=0", "-distributor.ingestion-rate-limit-mb=100000", "-distributor.ingestion-burst-size-mb=100000"));
            harness.Ingesters[0].Quiet = true;
            var body = new PushRequest { Series = { Harness.Series(profile, "", ShopLabels) } }.ToByteArray();
            var best = long.MaxValue;
            for (var i = 0; i < 50; i++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var push = harness.Push(body);
                // The stub answers at once: all of it has run on this thread.
                Assert.True(push.IsCompleted);
                await push;
                best = Math.Min(best, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return best;
        }
    }

    [Fact]
    public async Task Enforced_order_is_told_to_the_ingester()
    {
        var harness = new Harness(limits: Harness.Limits("-validation.reject-older-than=0", "-validation.enforce-labels-order=true"));
        await harness.Push(Harness.Series(Profile(), "", ShopLabels));
        Assert.Equal("__name__=process_cpu,__order__=enforced,service_name=shop", harness.Ingesters[0].Records[0].Labels);
    }

    [Fact]
    public void The_reader_finds_what_the_generated_message_holds()
    {
        var request = new PushRequest
        {
            Series =
            {
                Harness.Series([1, 2], "a", ShopLabels),
                new RawProfileSeries(),
                new RawProfileSeries { Samples = { new RawSample(), new RawSample { ID = "b" } }, Annotations = { new Api.Types.ProfileAnnotation { Key = "k" } } },
            },
        };
        var samples = PushRequestReader.Read(request.ToByteArray());
        Assert.Equal(["a", "", "b"], samples.Select(s => s.Id));
        Assert.Equal([1, 2], samples[0].Profile.ToArray());
        Assert.Equal(ShopLabels, samples[0].Labels.Select(l => (l.Name, l.Value)));
        Assert.Empty(samples[1].Labels);
    }

    [Fact]
    public void The_reader_reads_what_the_generated_parser_reads()
    {
        var seed = new PushRequest { Series = { Harness.Series(Encoding.UTF8.GetBytes("profile"), "id", ShopLabels), Harness.Series([], "", ShopLabels) } };
        Fuzz.Run("push request", [seed.ToByteArray()], bytes =>
        {
            List<PushedProfile> samples;
            try
            {
                samples = PushRequestReader.Read(bytes);
            }
            catch (PushFormatException)
            {
                return;
            }

            PushRequest parsed;
            try
            {
                parsed = PushRequest.Parser.ParseFrom(bytes);
            }
            catch (InvalidProtocolBufferException)
            {
                // Groups, and texts that are no UTF-8, are read otherwise on purpose.
                return;
            }

            var expected = parsed.Series.SelectMany(s => s.Samples).Select(s => s.RawProfile.ToBase64());
            Assert.Equal(expected, samples.Select(s => Convert.ToBase64String(s.Profile.Span)));
        });
    }

    private static byte[] Profile(long value = 1, string? label = null, int padding = 0)
    {
        var profile = new Profile
        {
            StringTable = { "", "cpu", "nanoseconds", "main", "controller", label ?? "" },
            SampleType = { new Pyro.Api.Pprof.ValueType { Type = 1, Unit = 2 } },
            PeriodType = new Pyro.Api.Pprof.ValueType { Type = 1, Unit = 2 },
            Function = { new Function { Id = 1, Name = 3 } },
            Location = { new Location { Id = 1, Line = { new Line { FunctionId = 1 } } } },
            Sample = { new Sample { LocationId = { 1 }, Value = { value } } },
            TimeNanos = 1_795_132_810_000_000_000,
        };
        if (label is not null) profile.Sample.Add(new Sample { LocationId = { 1 }, Value = { 7 }, Label = { new Api.Pprof.Label { Key = 4, Str = 5 } } });
        if (padding > 0) profile.StringTable.Add(new string('x', padding));
        return profile.ToByteArray();
    }
}
