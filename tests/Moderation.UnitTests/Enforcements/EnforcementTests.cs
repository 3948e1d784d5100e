// One measure in force: when it ends, and which other it makes superfluous.
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;

namespace Moderation.UnitTests.Enforcements;

public sealed class EnforcementTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_enforcement_ends_once()
    {
        var row = Suspension("all", 3);
        row.EndNow(EnforcementEnd.Expired, Now);

        row.InForce.ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => row.EndNow(EnforcementEnd.Mistake, Now));
    }

    [Theory]
    [InlineData("all", 5, "all", 3, true)]
    [InlineData("all", 3, "all", 5, false)]
    [InlineData("all", null, "all", 5, true)]
    [InlineData("all", 5, "all", null, false)]
    [InlineData("all", 5, "hosting", 3, true)]
    [InlineData("hosting", 5, "all", 3, false)]
    public void A_suspension_covers_another_that_says_no_more_and_ends_no_later(
        string scope,
        int? days,
        string otherScope,
        int? otherDays,
        bool covers
    ) => Suspension(scope, days).Covers(Suspension(otherScope, otherDays)).ShouldBe(covers);

    [Fact]
    public void Friction_covers_only_the_same_measure_in_the_same_scope()
    {
        Friction("no_chat", "account").Covers(Friction("no_chat", "account")).ShouldBeTrue();
        Friction("no_chat", "account").Covers(Friction("no_hosting", "account")).ShouldBeFalse();
        Friction("no_chat", "account").Covers(Friction("no_chat", "device")).ShouldBeFalse();
        Suspension("all", 5).Covers(Friction("no_chat", "account")).ShouldBeFalse();
    }

    [Fact]
    public void A_person_is_told_until_when_in_two_languages()
    {
        var texts = UserTexts.Suspended(Now);

        texts["en"].ShouldBe("Your account is suspended until 24 November 2026, 12:00 UTC.");
        texts["de"].ShouldBe("Ihr Konto ist bis 24.11.2026, 12:00 Uhr UTC gesperrt.");
    }

    private static Enforcement Suspension(string scope, int? days) =>
        Row(EnforcementKind.Suspension, null, scope, days);

    private static Enforcement Friction(string measure, string scope) =>
        Row(EnforcementKind.Friction, measure, scope, 7);

    private static Enforcement Row(EnforcementKind kind, string? measure, string scope, int? days) =>
        new()
        {
            Id = EnforcementId.New(Now),
            DecisionId = DecisionId.New(Now),
            AccountId = AccountId.New(Now),
            Kind = kind,
            Measure = measure,
            Scope = scope,
            StartsAt = Now,
            Until = days is { } d ? Now.AddDays(d) : null,
        };
}
