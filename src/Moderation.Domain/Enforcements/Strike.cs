// Points that count against an account until they expire, and their life as data (triage.md 9).
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;

namespace Moderation.Domain.Enforcements;

public enum StrikeState
{
    Active,
    Expired,
    Void,
}

public enum StrikeMove
{
    Expire,
    Void,
}

[Flags]
public enum StrikeFact
{
    None = 0,
    TimePassed = 1 << 0,
}

public enum StrikeEffect
{
    /// <summary>Later decisions that counted it are looked at again by a person.</summary>
    OpenKnockOns,
}

public sealed class Strike
{
    public required StrikeId Id { get; init; }
    public required DecisionId DecisionId { get; init; }
    public required AccountId AccountId { get; init; }

    /// <summary>First word of the clause; points add up across families.</summary>
    public required string Family { get; init; }
    public required Severity Severity { get; init; }
    public required int Points { get; init; }
    public required DateTimeOffset StartsAt { get; init; }

    /// <summary>Null means never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
    public StrikeState State { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }

    public bool CountsAt(DateTimeOffset at) =>
        State != StrikeState.Void && StartsAt <= at && (ExpiresAt is null || ExpiresAt > at);

    public Outcome<Strike> Make(StrikeMove move, StrikeFact facts, DateTimeOffset now)
    {
        var step = Life.Step(State, move, facts);
        if (step.Refusal is { } refusal)
            return refusal;
        (State, EndedAt) = (step.Value.Next, now);
        return this;
    }

    public static Life<StrikeState, StrikeMove, StrikeFact, StrikeEffect> Life { get; } =
        new(
            [
                new(StrikeState.Active, StrikeMove.Expire, StrikeState.Expired)
                {
                    Guards =
                    [
                        new(StrikeFact.TimePassed, new(RefusalKind.Conflict, "strike.not-due", "It still counts.")),
                    ],
                },
                new(StrikeState.Active, StrikeMove.Void, StrikeState.Void) { Effects = [StrikeEffect.OpenKnockOns] },
                // What ran out is void as well when its decision falls: it then counts in no history either.
                new(StrikeState.Expired, StrikeMove.Void, StrikeState.Void) { Effects = [StrikeEffect.OpenKnockOns] },
            ],
            (state, move) =>
                new Refusal(RefusalKind.Conflict, "strike.cannot-move", $"A strike that is {state} cannot {move}.")
        );
}
