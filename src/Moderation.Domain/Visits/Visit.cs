// An announced visit to a meeting that is not end-to-end encrypted, and its life as data; there is no other kind (triage.md 21).
using Moderation.Domain.Cases;
using Moderation.Domain.Meetings;
using Moderation.Domain.Staff;

namespace Moderation.Domain.Visits;

public enum VisitState
{
    Asked,

    /// <summary>Approved by a second person; the platform knows and tells the participants.</summary>
    Announced,
    Joined,
    Closed,
}

public enum VisitMove
{
    Approve,
    Refuse,

    /// <summary>Nobody approved, or the platform did not answer, within 15 minutes; or half an hour in the meeting is over.</summary>
    TimePasses,
    Join,
    PlatformRefuses,
    Leave,
    BecameEncrypted,
}

[Flags]
public enum VisitFact
{
    None = 0,
    BySenior = 1 << 0,
    ByAnother = 1 << 1,

    /// <summary>By the directory and by what the platform says now.</summary>
    NotEncrypted = 1 << 2,
    ParticipantsTold = 1 << 3,
    TimePassed = 1 << 4,
}

public enum VisitEffect
{
    TellPlatform,
}

public enum VisitEnd
{
    Refused,
    Expired,
    PlatformRefused,
    Left,
    BecameEncrypted,
}

public sealed class Visit
{
    public static TimeSpan AnswerWithin { get; } = TimeSpan.FromMinutes(15);
    public static TimeSpan Longest { get; } = TimeSpan.FromMinutes(30);

    public required VisitId Id { get; init; }
    public required CaseId CaseId { get; init; }
    public required MeetingId MeetingId { get; init; }

    /// <summary>A reporter's reason code, which the platform hears.</summary>
    public required string ReasonCode { get; init; }

    /// <summary>In words, for the second person; stays inside.</summary>
    public required string Reason { get; init; }
    public required StaffId AskedBy { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public VisitState State { get; private set; }
    public StaffId? ApprovedBy { get; set; }

    /// <summary>When the present state ends by itself.</summary>
    public required DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? JoinedAt { get; set; }
    public DateTimeOffset? ClosedAt { get; private set; }
    public VisitEnd? End { get; private set; }

    /// <summary>What was seen, graded below any sealed evidence.</summary>
    public string? Note { get; set; }
    public StaffId? NoteBy { get; set; }
    public DateTimeOffset? NoteAt { get; set; }

    public Outcome<LifeStep<VisitState, VisitEffect>> Make(VisitMove move, VisitFact facts, DateTimeOffset now)
    {
        var step = Life.Step(State, move, facts);
        if (step.Refusal is not null)
            return step;
        State = step.Value.Next;
        if (State == VisitState.Closed)
            (ClosedAt, End) = (
                now,
                move switch
                {
                    VisitMove.Refuse => VisitEnd.Refused,
                    VisitMove.PlatformRefuses => VisitEnd.PlatformRefused,
                    VisitMove.Leave => VisitEnd.Left,
                    VisitMove.BecameEncrypted => VisitEnd.BecameEncrypted,
                    _ => VisitEnd.Expired,
                }
            );
        return step;
    }

    public static Life<VisitState, VisitMove, VisitFact, VisitEffect> Life { get; } =
        new(
            [
                new(VisitState.Asked, VisitMove.Approve, VisitState.Announced)
                {
                    Guards =
                    [
                        new(VisitFact.BySenior, CaseRefusals.SeniorNeeded),
                        new(VisitFact.ByAnother, CaseRefusals.SecondPersonNeeded),
                        new(VisitFact.NotEncrypted, VisitRefusals.Encrypted),
                    ],
                    Effects = [VisitEffect.TellPlatform],
                },
                new(VisitState.Asked, VisitMove.Refuse, VisitState.Closed)
                {
                    Guards = [new(VisitFact.BySenior, CaseRefusals.SeniorNeeded)],
                },
                new(VisitState.Asked, VisitMove.TimePasses, VisitState.Closed) { Guards = [Passed] },
                new(VisitState.Announced, VisitMove.Join, VisitState.Joined)
                {
                    Guards =
                    [
                        new(VisitFact.NotEncrypted, VisitRefusals.Encrypted),
                        new(VisitFact.ParticipantsTold, VisitRefusals.Unannounced),
                    ],
                },
                new(VisitState.Announced, VisitMove.PlatformRefuses, VisitState.Closed),
                new(VisitState.Announced, VisitMove.BecameEncrypted, VisitState.Closed),
                new(VisitState.Announced, VisitMove.TimePasses, VisitState.Closed) { Guards = [Passed] },
                new(VisitState.Joined, VisitMove.Leave, VisitState.Closed),
                new(VisitState.Joined, VisitMove.BecameEncrypted, VisitState.Closed),
                new(VisitState.Joined, VisitMove.TimePasses, VisitState.Closed) { Guards = [Passed] },
            ],
            VisitRefusals.CannotMove
        );

    private static Guard<VisitFact> Passed => new(VisitFact.TimePassed, VisitRefusals.NotDue);
}

public static class VisitRefusals
{
    public static Refusal CannotMove(VisitState state, VisitMove move) =>
        new(RefusalKind.Conflict, "visit.cannot-move", $"A visit that is {state} cannot {move}.");

    public static Refusal NotFound { get; } = new(RefusalKind.NotFound, "visit.not-found", "There is no such visit.");

    public static Refusal Encrypted { get; } =
        new(
            RefusalKind.Unprocessable,
            "visit.encrypted",
            "This meeting is end-to-end encrypted: nobody can look inside it, in no role and for no reason. What its host seals and sends is the evidence there is."
        );

    public static Refusal Unannounced { get; } =
        new(RefusalKind.Unprocessable, "visit.unannounced", "The participants have to be told before anybody joins.");

    public static Refusal NotDue { get; } = new(RefusalKind.Conflict, "visit.not-due", "Its time is not over.");

    public static Refusal UnderWay { get; } =
        new(RefusalKind.Conflict, "visit.under-way", "A visit to this meeting is asked for or under way.");

    public static Refusal MeetingNotInCase { get; } =
        new(RefusalKind.Unprocessable, "visit.meeting-not-in-case", "No report of this case is about this meeting.");
}
