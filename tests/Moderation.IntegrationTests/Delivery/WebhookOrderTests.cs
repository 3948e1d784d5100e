// How deliveries are retried, kept in order within an account, parked, sent again and ended (events.md 4, 7).
using Microsoft.EntityFrameworkCore;
using Moderation.Domain.Enforcements;
using Moderation.Sdk.Webhooks;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Delivery;

public sealed class WebhookOrderTests(PostgresCluster cluster)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private readonly ShiftedClock _clock = new();

    [Fact]
    public async Task A_receiver_that_was_down_gets_each_account_in_order_and_the_same_bytes()
    {
        await using var receiver = await Receiver.StartAsync();
        var down = true;
        receiver.Answer = (got, context) =>
        {
            if (down && got.Account == "a")
                context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock);
        await bench.SubscribeAsync(receiver.Address);
        for (var version = 1; version <= 3; version++)
            foreach (var account in new[] { "a", "b" })
                await bench.SaySuspendedAsync(account, version);

        await bench.PumpUntilIdleAsync();
        await bench.SendUntilIdleAsync();
        VersionsOf(receiver, "a").ShouldBe([1]);
        VersionsOf(receiver, "b").ShouldBe([1, 2, 3]);
        down = false;
        _clock.Offset += TimeSpan.FromSeconds(6);
        await bench.SendUntilIdleAsync();

        VersionsOf(receiver, "a").ShouldBe([1, 1, 2, 3]);
        var attempts = receiver.Got.Where(g => g.Account == "a").Take(2).ToList();
        attempts[1].Body.ShouldBe(attempts[0].Body);
        attempts[1].Id.ShouldBe(attempts[0].Id);
        attempts[1].Timestamp.ShouldNotBe(attempts[0].Timestamp);
    }

    [Fact]
    public async Task Several_workers_deliver_each_event_once_and_in_order()
    {
        await using var receiver = await Receiver.StartAsync();
        var database = await cluster.NewDatabaseAsync();
        await using var first = new Workbench(database, _clock);
        await using var second = new Workbench(database, _clock);
        await first.SubscribeAsync(receiver.Address);
        var accounts = Enumerable.Range(0, 10).Select(i => $"account-{i}").ToList();
        for (var version = 1; version <= 4; version++)
            foreach (var account in accounts)
                await first.SaySuspendedAsync(account, version);

        async Task WorkAsync(Workbench bench)
        {
            for (var i = 0; i < 400 && receiver.Got.Count < 40; i++)
            {
                await bench.Pump.PumpAsync(Ct);
                await bench.Sender.RunOnceAsync(Ct);
            }
        }
        await Task.WhenAll(WorkAsync(first), WorkAsync(second));
        await first.SendUntilIdleAsync();

        foreach (var account in accounts)
            VersionsOf(receiver, account).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task A_delivery_that_failed_ten_times_is_parked_its_account_waits_and_a_resend_restores_the_order()
    {
        await using var receiver = await Receiver.StartAsync();
        var down = true;
        receiver.Answer = (_, context) =>
        {
            context.Response.StatusCode = down ? 503 : 204;
            return Task.CompletedTask;
        };
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock);
        await bench.SubscribeAsync(receiver.Address);
        await bench.SaySuspendedAsync("a", 1);
        await bench.SaySuspendedAsync("a", 2);
        await bench.PumpUntilIdleAsync();

        for (var attempt = 0; attempt < 12; attempt++)
        {
            await bench.SendUntilIdleAsync();
            _clock.Offset += TimeSpan.FromHours(27);
        }
        VersionsOf(receiver, "a").ShouldBe(Enumerable.Repeat(1L, 10));
        var parked = await bench.InDbAsync(db => db.Deliveries.SingleAsync(d => d.Status == DeliveryStatus.Parked, Ct));
        parked.LastStatus.ShouldBe(503);
        (await bench.InDbAsync(db => db.Events.CountAsync(e => e.Kind == "delivery.parked", Ct))).ShouldBe(1);
        bench.Log.Lines.ShouldContain(l => l.Text.Contains("parked"));

        down = false;
        await bench.InDbAsync(db =>
            db.Deliveries.Where(d => d.EventId == parked.EventId)
                .ExecuteUpdateAsync(
                    s => s.SetProperty(d => d.Status, DeliveryStatus.Pending).SetProperty(d => d.Attempts, 0),
                    Ct
                )
        );
        await bench.SendUntilIdleAsync();
        VersionsOf(receiver, "a").TakeLast(2).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task An_answer_of_410_disables_the_subscription_and_drops_what_waits()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) =>
        {
            context.Response.StatusCode = 410;
            return Task.CompletedTask;
        };
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock);
        await bench.SubscribeAsync(receiver.Address);
        await bench.SaySuspendedAsync("a", 1);
        await bench.SaySuspendedAsync("a", 2);

        await bench.PumpUntilIdleAsync();
        await bench.SendUntilIdleAsync();

        receiver.Got.Count.ShouldBe(1);
        var subscription = await bench.InDbAsync(db => db.Subscriptions.SingleAsync(Ct));
        subscription.Status.ShouldBe(SubscriptionStatus.Disabled);
        (await bench.InDbAsync(db => db.Deliveries.CountAsync(d => d.Status == DeliveryStatus.Dropped, Ct))).ShouldBe(
            2
        );
        bench.Log.Lines.ShouldContain(l => l.Text.Contains("disabled"));
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    public async Task A_redirect_is_a_failure_and_is_not_followed(int status)
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = receiver.Address.ToString() + "/elsewhere";
            return Task.CompletedTask;
        };
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock);
        await bench.SubscribeAsync(receiver.Address);
        await bench.SaySuspendedAsync("a", 1);

        await bench.PumpUntilIdleAsync();
        await bench.SendUntilIdleAsync();

        receiver.Got.Single().Path.ShouldBe("/hook");
        (await bench.InDbAsync(db => db.Deliveries.SingleAsync(Ct))).LastStatus.ShouldBe(status);
    }

    [Fact]
    public async Task Retry_after_postpones_the_next_attempt()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        };
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock);
        await bench.SubscribeAsync(receiver.Address);
        await bench.SaySuspendedAsync("a", 1);

        await bench.PumpUntilIdleAsync();
        await bench.SendUntilIdleAsync();

        var delivery = await bench.InDbAsync(db => db.Deliveries.SingleAsync(Ct));
        (delivery.NextAttemptAt - _clock.GetUtcNow()).TotalSeconds.ShouldBeInRange(3500, 3601);
    }

    [Fact]
    public async Task An_endless_answer_is_cut_off_and_its_status_counts()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (_, context) =>
        {
            var block = new byte[4096];
            try
            {
                while (!context.RequestAborted.IsCancellationRequested)
                    await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
            catch (OperationCanceledException) { }
        };
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock);
        await bench.SubscribeAsync(receiver.Address);
        await bench.SaySuspendedAsync("a", 1);
        await bench.PumpUntilIdleAsync();

        var started = TimeProvider.System.GetTimestamp();
        await bench.SendUntilIdleAsync();

        TimeProvider.System.GetElapsedTime(started).TotalSeconds.ShouldBeLessThan(10);
        (await bench.InDbAsync(db => db.Deliveries.SingleAsync(Ct))).Status.ShouldBe(DeliveryStatus.Delivered);
    }

    [Fact]
    public async Task Nothing_of_who_decided_or_of_our_own_leaves_in_body_or_headers()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var bench = new Workbench(await cluster.NewDatabaseAsync(), _clock);
        var (_, secret) = await bench.SubscribeAsync(receiver.Address);
        await bench.SaySuspendedAsync("a", 1);

        await bench.PumpUntilIdleAsync();
        await bench.SendUntilIdleAsync();

        var got = receiver.Got.Single();
        got.Headers.Keys.ShouldBe(
            [
                "content-length",
                "content-type",
                "host",
                "user-agent",
                WebhookVerifier.IdHeader,
                WebhookVerifier.SignatureHeader,
                WebhookVerifier.TimestampHeader,
            ],
            ignoreOrder: true
        );
        got.Headers["content-type"].ShouldBe("application/json");
        got.Text.ShouldNotContain("stf_");
        new WebhookVerifier([secret], _clock)
            .Verify(got.Id, got.Timestamp, got.Signature, got.Body)
            .ShouldBe(WebhookVerdict.Genuine);
    }

    private static IEnumerable<long> VersionsOf(Receiver receiver, string account) =>
        receiver
            .Got.Where(g => g.Account == account)
            .Select(g => g.Json.GetProperty("data").GetProperty("account_version").GetInt64());
}
