// One address of the platform to which enforcement events are pushed, and its life.
namespace Moderation.Domain.Enforcements;

public enum SubscriptionStatus
{
    /// <summary>Has not answered the test event yet (EV-13).</summary>
    Pending,
    Active,

    /// <summary>No success for 24 hours and at least 20 failures (EV-12); still tried.</summary>
    Failing,
    Disabled,
}

public enum SubscriptionMove
{
    Confirm,
    Fail,
    Recover,
    Disable,
}

public sealed class Subscription
{
    public required SubscriptionId Id { get; init; }
    public required string Url { get; init; }

    /// <summary>The signing secret under the key of `Keys:Secrets`; the database never holds it in the clear.</summary>
    public required byte[] SealedSecret { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public SubscriptionStatus Status { get; private set; } = SubscriptionStatus.Pending;
    public DateTimeOffset? LastSuccessAt { get; private set; }

    /// <summary>Failed attempts since the last success.</summary>
    public int Failures { get; private set; }

    public Outcome<Subscription> Make(SubscriptionMove move)
    {
        if (After(Status, move) is not { } next)
            return SubscriptionRefusals.CannotMove(Status, move);
        Status = next;
        return this;
    }

    public void Succeeded(DateTimeOffset now)
    {
        LastSuccessAt = now;
        Failures = 0;
        if (After(Status, SubscriptionMove.Recover) is { } next)
            Status = next;
    }

    /// <summary>Counts one failed attempt; true when it made the subscription `failing`.</summary>
    public bool Failed(DateTimeOffset now)
    {
        Failures++;
        if (Failures < 20 || now - (LastSuccessAt ?? CreatedAt) < TimeSpan.FromHours(24))
            return false;
        if (After(Status, SubscriptionMove.Fail) is not { } next)
            return false;
        Status = next;
        return true;
    }

    private static SubscriptionStatus? After(SubscriptionStatus status, SubscriptionMove move) =>
        (status, move) switch
        {
            (SubscriptionStatus.Pending, SubscriptionMove.Confirm) => SubscriptionStatus.Active,
            (SubscriptionStatus.Active, SubscriptionMove.Fail) => SubscriptionStatus.Failing,
            (SubscriptionStatus.Failing, SubscriptionMove.Recover) => SubscriptionStatus.Active,
            (not SubscriptionStatus.Disabled, SubscriptionMove.Disable) => SubscriptionStatus.Disabled,
            _ => null,
        };
}
