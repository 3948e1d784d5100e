// What is committed reaches every consumer, once, through crashes, failures and several workers.
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moderation.Contracts.Intake;
using Moderation.Data;
using Moderation.Features.Delivery;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Delivery;

public sealed class EventPumpTests(PostgresCluster cluster)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private readonly ShiftedClock _clock = new();

    [Fact]
    public async Task An_event_whose_process_died_before_handing_it_out_is_handed_out_by_the_next_one()
    {
        var database = await cluster.NewDatabaseAsync();
        await using (var dead = new Workbench(database, _clock, AddCounting))
            await SayFiledAsync(dead, "rpt_1");
        await using var next = new Workbench(database, _clock, AddCounting);

        await next.PumpUntilIdleAsync();

        (await EffectsAsync(next)).ShouldBe(["rpt_1"]);
        (await UndispatchedAsync(next)).ShouldBe(0);
    }

    [Fact]
    public async Task An_event_whose_process_died_between_effect_and_mark_has_no_second_effect()
    {
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock, AddCounting);
        await SayFiledAsync(bench, "rpt_1");
        await bench.PumpUntilIdleAsync();
        // What a crash leaves: the consumer's transaction is in, the pump's is not.
        await bench.InDbAsync(db =>
            db.Events.ExecuteUpdateAsync(s => s.SetProperty(e => e.DispatchedAt, (DateTimeOffset?)null))
        );

        await bench.PumpUntilIdleAsync();

        (await EffectsAsync(bench)).ShouldBe(["rpt_1"]);
        (await UndispatchedAsync(bench)).ShouldBe(0);
    }

    [Fact]
    public async Task A_consumer_that_fails_once_gets_the_event_again_and_takes_effect_once()
    {
        var trouble = new Trouble { FailuresLeft = 1 };
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock, s => AddFailing(s, trouble));
        await SayFiledAsync(bench, "rpt_1");

        await bench.PumpUntilIdleAsync();
        (await EffectsAsync(bench)).ShouldBe(["rpt_1"]); // of the other consumer, which did not fail
        (await UndispatchedAsync(bench)).ShouldBe(1);
        _clock.Offset += TimeSpan.FromSeconds(2);
        await bench.PumpUntilIdleAsync();

        (await EffectsAsync(bench)).ShouldBe(["failing rpt_1", "rpt_1"], ignoreOrder: true);
        (await UndispatchedAsync(bench)).ShouldBe(0);
    }

    [Fact]
    public async Task An_event_that_always_fails_is_parked_with_its_error_class_and_holds_up_no_other()
    {
        var trouble = new Trouble { FailuresLeft = int.MaxValue, Only = "rpt_bad" };
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock, s => AddFailing(s, trouble));
        await SayFiledAsync(bench, "rpt_bad");
        await SayFiledAsync(bench, "rpt_good");

        await bench.PumpUntilIdleAsync();
        (await EffectsAsync(bench)).ShouldContain("failing rpt_good");
        for (var i = 0; i < EventPump.LastAttempt; i++)
        {
            _clock.Offset += TimeSpan.FromMinutes(5);
            await bench.PumpUntilIdleAsync();
        }

        var parked = await bench.InDbAsync(db => db.Events.AsNoTracking().SingleAsync(e => e.ParkedAt != null, Ct));
        parked.Attempts.ShouldBe(EventPump.LastAttempt);
        parked.Error.ShouldBe(typeof(InvalidDataException).FullName);
        bench.Log.Lines.ShouldContain(l => l.Level == LogLevel.Error && l.Text.Contains("parked"));
        bench.Log.Lines.ShouldNotContain(l => l.Text.Contains(Trouble.Words));
    }

    [Fact]
    public async Task A_consumer_that_does_not_record_the_event_keeps_it_from_being_marked()
    {
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock, s => s.AddScoped<Forgetful>());
        await SayFiledAsync(bench, "rpt_1");

        await bench.PumpUntilIdleAsync();

        var line = await bench.InDbAsync(db => db.Events.AsNoTracking().SingleAsync(Ct));
        line.DispatchedAt.ShouldBeNull();
        line.Error.ShouldBe(typeof(NotRecordedException).FullName);
    }

    [Fact]
    public async Task Several_pumps_at_once_hand_out_each_event_once()
    {
        var database = await cluster.NewDatabaseAsync();
        await using var first = new Workbench(database, _clock, AddCounting);
        await using var second = new Workbench(database, _clock, AddCounting);
        await using var third = new Workbench(database, _clock, AddCounting);
        var expected = Enumerable.Range(0, 120).Select(i => $"rpt_{i}").ToList();
        foreach (var report in expected)
            await SayFiledAsync(first, report);

        await Task.WhenAll(first.PumpUntilIdleAsync(), second.PumpUntilIdleAsync(), third.PumpUntilIdleAsync());
        await first.PumpUntilIdleAsync();

        (await EffectsAsync(first)).ShouldBe(expected, ignoreOrder: true);
        (await UndispatchedAsync(first)).ShouldBe(0);
    }

    [Fact]
    public async Task An_event_that_nobody_consumes_is_done_at_once()
    {
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock);
        await bench.InDbAsync(db =>
        {
            db.Say("nobody.listens", new { x = 1 }, _clock.GetUtcNow());
            return db.SaveChangesAsync(Ct);
        });

        await bench.PumpUntilIdleAsync();

        (await UndispatchedAsync(bench)).ShouldBe(0);
    }

    [Fact]
    public async Task A_commit_wakes_the_pump_and_a_rollback_does_not()
    {
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock);
        var signal = bench.Get<EventSignal>();

        await SayFiledAsync(bench, "rpt_1");
        (await signal.WaitAsync(TimeSpan.Zero, Ct)).ShouldBeTrue();

        await bench.InDbAsync(async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(Ct);
            db.Say("x", new { }, _clock.GetUtcNow());
            await db.SaveChangesAsync(Ct);
            (await signal.WaitAsync(TimeSpan.Zero, Ct)).ShouldBeFalse();
            await transaction.RollbackAsync(Ct);
            return true;
        });
        (await signal.WaitAsync(TimeSpan.Zero, Ct)).ShouldBeFalse();

        await bench.InDbAsync(async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(Ct);
            db.Say("x", new { }, _clock.GetUtcNow());
            await db.SaveChangesAsync(Ct);
            await transaction.CommitAsync(Ct);
            return true;
        });
        (await signal.WaitAsync(TimeSpan.Zero, Ct)).ShouldBeTrue();
    }

    private static void AddCounting(IServiceCollection services) => services.AddScoped<Counting>();

    private static void AddFailing(IServiceCollection services, Trouble trouble)
    {
        services.AddSingleton(trouble);
        services.AddScoped<Counting>();
        services.AddScoped<Failing>();
    }

    private static Task<int> SayFiledAsync(Workbench bench, string report) =>
        bench.InDbAsync(db =>
        {
            db.Say(ReportFiled.Kind, new ReportFiled(report, "mtg_1", 4, []), bench.Clock.GetUtcNow());
            return db.SaveChangesAsync(Ct);
        });

    private static Task<List<string>> EffectsAsync(Workbench bench) =>
        bench.InDbAsync(db => db.Events.Where(e => e.Kind == "test.effect").Select(e => e.Actor!).ToListAsync(Ct));

    private static Task<int> UndispatchedAsync(Workbench bench) =>
        bench.InDbAsync(db => db.Events.CountAsync(e => e.DispatchedAt == null, Ct));

    public sealed class Counting(ModerationDb db, TimeProvider clock) : IConsumer<ReportFiled>
    {
        public Task Consume(ConsumeContext<ReportFiled> context) =>
            db.TakeAsync(
                nameof(Counting),
                context.MessageId,
                clock.GetUtcNow(),
                () =>
                {
                    db.Say("test.effect", new { }, clock.GetUtcNow()).Actor = context.Message.ReportId;
                    return Task.CompletedTask;
                },
                context.CancellationToken
            );
    }

    public sealed class Trouble
    {
        public const string Words = "words that quote data";
        public int FailuresLeft { get; set; }
        public string? Only { get; init; }
    }

    public sealed class Failing(ModerationDb db, Trouble trouble, TimeProvider clock) : IConsumer<ReportFiled>
    {
        public Task Consume(ConsumeContext<ReportFiled> context) =>
            db.TakeAsync(
                nameof(Failing),
                context.MessageId,
                clock.GetUtcNow(),
                () =>
                {
                    var report = context.Message.ReportId;
                    db.Say("test.effect", new { }, clock.GetUtcNow()).Actor = $"failing {report}";
                    if ((trouble.Only ?? report) == report && trouble.FailuresLeft-- > 0)
                        throw new InvalidDataException(Trouble.Words);
                    return Task.CompletedTask;
                },
                context.CancellationToken
            );
    }

    public sealed class Forgetful : IConsumer<ReportFiled>
    {
        public Task Consume(ConsumeContext<ReportFiled> context) => Task.CompletedTask;
    }
}
