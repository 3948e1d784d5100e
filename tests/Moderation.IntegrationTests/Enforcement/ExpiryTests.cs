// What was decided for a time ends by itself, on time and once, however many workers watch the clock.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Domain.Enforcements;
using Moderation.Features.Enforcement;
using Moderation.IntegrationTests.Delivery;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Enforcement;

public sealed class ExpiryTests(PostgresCluster cluster)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_timed_suspension_ends_within_seconds_and_says_so_once_with_two_servers_running()
    {
        await using var first = await App.StartAsync(cluster);
        await using var second = await App.StartAsync(
            cluster,
            ("ConnectionStrings:Moderation", first.ConnectionString),
            ("Role", "worker")
        );

        var account = await first.InDbAsync(db =>
            Sentence.PassAsync(db, "timed", new Sanction.Suspension("all", TimeSpan.FromSeconds(3)))
        );
        var until = await first.InDbAsync(db => db.Enforcements.Select(e => e.Until!.Value).SingleAsync(Ct));
        List<Data.LoggedEvent> ends = [];
        for (var i = 0; i < 100 && ends.Count == 0; i++)
        {
            await Task.Delay(100, Ct);
            ends = await EndsAsync(first);
        }
        await Task.Delay(2500, Ct);
        ends = await EndsAsync(first);

        var end = ends.ShouldHaveSingleItem();
        (end.OccurredAt - until).TotalSeconds.ShouldBeInRange(0, 5);
        end.AccountVersion.ShouldBe(2);
        var row = await first.InDbAsync(db => db.Enforcements.AsNoTracking().SingleAsync(Ct));
        row.End.ShouldBe(EnforcementEnd.Expired);
        row.AccountId.ShouldBe(account);
        (await first.InDbAsync(db => db.Accounts.Select(a => a.EnforcementVersion).SingleAsync(Ct))).ShouldBe(2);
    }

    [Fact]
    public async Task Many_ends_at_once_are_each_said_once_by_workers_that_run_together_whatever_their_clocks_say()
    {
        var database = await cluster.NewDatabaseAsync();
        var clock = new ShiftedClock();
        await using var first = new Workbench(database, clock, s => s.AddScoped<EndDueEnforcements>());
        await using var second = new Workbench(database, clock, s => s.AddScoped<EndDueEnforcements>());
        for (var i = 0; i < 20; i++)
        {
            var number = i;
            Sanction sanction =
                number % 2 == 0
                    ? new Sanction.Suspension("all", TimeSpan.FromMinutes(5))
                    : new Sanction.Friction(["no_chat", "delayed_join"], "account", TimeSpan.FromMinutes(5));
            await first.InDbAsync(db => Sentence.PassAsync(db, $"account-{number}", sanction));
        }

        await RunAsync(first);
        (await EndsAsync(first)).ShouldBe(0);
        // A worker's own clock is not asked.
        clock.Offset = TimeSpan.FromMinutes(6);
        await RunAsync(first);
        (await EndsAsync(first)).ShouldBe(0);
        await first.InDbAsync(db =>
            db.Enforcements.ExecuteUpdateAsync(e => e.SetProperty(x => x.Until, x => x.Until!.Value.AddMinutes(-6)), Ct)
        );
        await Task.WhenAll(RunAsync(first), RunAsync(second), RunAsync(first), RunAsync(second));

        (await EndsAsync(first)).ShouldBe(20);
        (await first.InDbAsync(db => db.Enforcements.CountAsync(e => e.EndedAt == null, Ct))).ShouldBe(0);
        (await first.InDbAsync(db => db.Accounts.AllAsync(a => a.EnforcementVersion == 2, Ct))).ShouldBeTrue();
    }

    private static async Task RunAsync(Workbench bench)
    {
        await using var scope = bench.Get<IServiceScopeFactory>().CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<EndDueEnforcements>().RunAsync(Ct);
    }

    private static Task<int> EndsAsync(Workbench bench) =>
        bench.InDbAsync(db =>
            db.Events.CountAsync(e => e.Kind == AccountReinstated.Kind || e.Kind == AccountFrictionLifted.Kind, Ct)
        );

    private static Task<List<Data.LoggedEvent>> EndsAsync(App app) =>
        app.InDbAsync(db => db.Events.AsNoTracking().Where(e => e.Kind == AccountReinstated.Kind).ToListAsync(Ct));
}
