// When a failed delivery is tried again, and what a subscription lives through (events.md 4).
using Moderation.Domain.Enforcements;

namespace Moderation.UnitTests.Domain;

public sealed class DeliveryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 300)]
    [InlineData(3, 1800)]
    [InlineData(4, 7200)]
    [InlineData(5, 18_000)]
    [InlineData(6, 36_000)]
    [InlineData(7, 50_400)]
    [InlineData(8, 72_000)]
    [InlineData(9, 86_400)]
    public void The_wait_after_each_failure_is_that_of_the_table_give_or_take_a_tenth(int failed, int seconds)
    {
        Delivery.NextAfter(failed, Now, 0, null).ShouldBe(Now.AddSeconds(seconds));
        Delivery.NextAfter(failed, Now, 1, null).ShouldBe(Now.AddSeconds(seconds * 1.1));
        Delivery.NextAfter(failed, Now, -1, null).ShouldBe(Now.AddSeconds(seconds * 0.9));
    }

    [Fact]
    public void After_the_tenth_failure_there_is_no_next() => Delivery.NextAfter(10, Now, 0, null).ShouldBeNull();

    [Fact]
    public void A_receiver_may_ask_for_later_but_not_for_sooner_and_for_a_day_at_most()
    {
        Delivery.NextAfter(1, Now, 0, Now.AddSeconds(1)).ShouldBe(Now.AddSeconds(5));
        Delivery.NextAfter(1, Now, 0, Now.AddHours(1)).ShouldBe(Now.AddHours(1));
        Delivery.NextAfter(1, Now, 0, Now.AddDays(3)).ShouldBe(Now.AddDays(1));
    }

    [Fact]
    public void Twenty_failures_and_a_day_without_success_make_a_subscription_failing_and_a_success_heals_it()
    {
        var subscription = New();
        subscription.Make(SubscriptionMove.Confirm);
        for (var i = 0; i < 25; i++)
            subscription.Failed(Now).ShouldBeFalse();

        subscription.Failed(Now.AddHours(24)).ShouldBeTrue();
        subscription.Status.ShouldBe(SubscriptionStatus.Failing);
        subscription.Failed(Now.AddHours(25)).ShouldBeFalse();
        subscription.Succeeded(Now.AddHours(26));
        subscription.Status.ShouldBe(SubscriptionStatus.Active);
    }

    [Fact]
    public void A_disabled_subscription_stays_disabled()
    {
        var subscription = New();
        subscription.Make(SubscriptionMove.Disable).Refusal.ShouldBeNull();

        foreach (var move in Enum.GetValues<SubscriptionMove>())
            subscription.Make(move).Refusal!.Code.ShouldBe("webhook.cannot-move");
        subscription.Succeeded(Now);
        subscription.Status.ShouldBe(SubscriptionStatus.Disabled);
    }

    private static Subscription New() =>
        new()
        {
            Id = SubscriptionId.New(Now),
            Url = "https://platform.example/",
            SealedSecret = [],
            CreatedAt = Now,
        };
}
