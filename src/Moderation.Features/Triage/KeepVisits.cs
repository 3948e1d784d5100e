// Announced visits to meetings that are not end-to-end encrypted: asked, seconded, told to the platform, closed (triage.md 21).
using System.Security.Claims;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;
using Moderation.Domain.Visits;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class KeepVisits
{
    public sealed class Validator : AbstractValidator<VisitRequest>
    {
        public Validator()
        {
            RuleFor(r => r.CaseId).Must(id => CaseId.TryParse(id, null, out _)).WithMessage("This is not a case id.");
            RuleFor(r => r.MeetingId)
                .Must(id => MeetingId.TryParse(id, null, out _))
                .WithMessage("This is not a meeting id.");
            RuleFor(r => r.ReasonCode).Must(c => Reason.ByCode(c) is not null).WithMessage("This is not a reason.");
            RuleFor(r => r.Reason).NotEmpty().MaximumLength(4_000);
        }
    }

    public sealed class NoteValidator : AbstractValidator<VisitNote>
    {
        public NoteValidator() => RuleFor(r => r.Text).NotEmpty().MaximumLength(4_000);
    }

    public sealed class OutcomeValidator : AbstractValidator<VisitOutcomeRequest>
    {
        public OutcomeValidator() =>
            RuleFor(r => r.Outcome)
                .Must(o => o is "joined" or "refused" or "left" or "encrypted")
                .WithMessage("joined, refused, left or encrypted.");
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/v1/visits", AskAsync)
            .Validate<VisitRequest>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Ask for an announced visit to a meeting that is not end-to-end encrypted");
        routes
            .MapGet("/v1/visits", ListAsync)
            .RequireAuthorization(Policies.SeeCases)
            .WithSummary("The visits of a case");
        routes
            .MapPost(
                "/v1/visits/{id}:approve",
                (VisitId id, ClaimsPrincipal caller, Handler handler, CancellationToken ct) =>
                    SendAsync(handler.MoveAsync(id, VisitMove.Approve, Viewer.Of(caller), ct))
            )
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Approve a visit that another person asked for; the platform hears of it");
        routes
            .MapPost(
                "/v1/visits/{id}:refuse",
                (VisitId id, ClaimsPrincipal caller, Handler handler, CancellationToken ct) =>
                    SendAsync(handler.MoveAsync(id, VisitMove.Refuse, Viewer.Of(caller), ct))
            )
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Refuse a visit");
        routes
            .MapPost(
                "/v1/visits/{id}:note",
                (VisitId id, VisitNote request, ClaimsPrincipal caller, Handler handler, CancellationToken ct) =>
                    SendAsync(handler.NoteAsync(id, request.Text, Viewer.Of(caller), ct))
            )
            .Validate<VisitNote>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Write down what was seen; graded below any sealed evidence");
        routes
            .MapPost(
                "/v1/visits/{id}/outcome",
                (VisitId id, VisitOutcomeRequest request, Handler handler, CancellationToken ct) =>
                    SendAsync(handler.HearAsync(id, request, ct))
            )
            .Validate<VisitOutcomeRequest>()
            .RequireAuthorization(Policies.Platform)
            .WithSummary("What became of a visit, as the platform says");
    }

    private static Task<Results<Ok<VisitShape>, ProblemHttpResult>> AskAsync(
        VisitRequest request,
        HttpContext http,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    ) =>
        ClaimHeader.TryRead(http.Request, out var claim)
            ? SendAsync(handler.AskAsync(request, claim, Viewer.Of(caller), ct))
            : SendAsync(Task.FromResult<Outcome<VisitShape>>(DecideCase.ClaimMissing));

    private static async Task<Results<Ok<Page<VisitShape>>, ProblemHttpResult>> ListAsync(
        CaseId @case,
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    )
    {
        var found = await db.Cases.AsNoTracking().SingleOrDefaultAsync(c => c.Id == @case, ct);
        if (found is null || !Viewer.Of(caller).MaySee(found))
            return CaseRefusals.NotFound.ToProblem();
        List<VisitShape> visits = [];
        foreach (
            var visit in await db
                .Visits.AsNoTracking()
                .Where(v => v.CaseId == @case)
                .OrderBy(v => v.AskedAt)
                .Take(200)
                .ToListAsync(ct)
        )
            visits.Add(await ShapeAsync(db, visit, ct));
        return TypedResults.Ok(new Page<VisitShape>(visits, null));
    }

    private static async Task<Results<Ok<VisitShape>, ProblemHttpResult>> SendAsync(
        Task<Outcome<VisitShape>> outcome
    ) =>
        (await outcome).Match<Results<Ok<VisitShape>, ProblemHttpResult>>(
            visit => TypedResults.Ok(visit),
            refusal => refusal.ToProblem()
        );

    private static async Task<VisitShape> ShapeAsync(ModerationDb db, Visit visit, CancellationToken ct)
    {
        var names = await db
            .Staff.Where(s => s.Id == visit.AskedBy || s.Id == visit.NoteBy)
            .ToDictionaryAsync(s => s.Id, s => s.Pseudonym, ct);
        return new VisitShape(
            visit.Id.ToString(),
            visit.CaseId.ToString(),
            visit.MeetingId.ToString(),
            visit.ReasonCode,
            visit.Reason,
            names[visit.AskedBy],
            visit.AskedAt,
            Words.Of(visit.State),
            visit.ExpiresAt,
            visit.JoinedAt,
            visit.ClosedAt,
            visit.End is { } end ? Words.Of(end) : null,
            visit.Note,
            visit.NoteBy is { } author ? names[author] : null,
            visit.NoteAt
        );
    }

    public sealed class Handler(ModerationDb db)
    {
        private const string PlatformActor = "system:platform";
        private const string ClockActor = "system:clock";

        public async Task<Outcome<VisitShape>> AskAsync(
            VisitRequest request,
            ClaimHeader claim,
            Viewer me,
            CancellationToken ct
        )
        {
            CaseId.TryParse(request.CaseId, null, out var about);
            MeetingId.TryParse(request.MeetingId, null, out var meeting);
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await CaseLocks.TakeAsync(db, about, me, ct) is null)
                return CaseRefusals.NotFound;
            var now = await db.NowAsync(ct);
            var held = await db.Claims.AnyAsync(
                c =>
                    c.Id == claim.Id
                    && c.Fence == claim.Fence
                    && c.CaseId == about
                    && c.StaffId == me.Id
                    && c.ReleasedAt == null
                    && c.LeaseExpiresAt > now,
                ct
            );
            if (!held)
                return CaseRefusals.ClaimLost;
            var isOfCase = await db.ReportSubjects.AnyAsync(
                s => s.CaseId == about && db.Reports.Any(r => r.Id == s.ReportId && r.MeetingId == meeting),
                ct
            );
            if (!isOfCase)
                return VisitRefusals.MeetingNotInCase;
            if (await IsEncryptedAsync(meeting, ct))
                return VisitRefusals.Encrypted;
            var visit = new Visit
            {
                Id = VisitId.New(now),
                CaseId = about,
                MeetingId = meeting,
                ReasonCode = request.ReasonCode,
                Reason = request.Reason,
                AskedBy = me.Id,
                AskedAt = now,
                ExpiresAt = now + Visit.AnswerWithin,
            };
            db.Visits.Add(visit);
            Say(visit, "asked", me.Id.ToString(), now);
            if (!await db.TrySaveAsync(ct))
                return VisitRefusals.UnderWay;
            await transaction.CommitAsync(ct);
            return await ShapeAsync(db, visit, ct);
        }

        public Task<Outcome<VisitShape>> MoveAsync(VisitId id, VisitMove move, Viewer me, CancellationToken ct) =>
            WithAsync(
                id,
                me,
                async (visit, now) =>
                {
                    var facts = me.Senior ? VisitFact.BySenior : VisitFact.None;
                    if (visit.AskedBy != me.Id)
                        facts |= VisitFact.ByAnother;
                    if (!await IsEncryptedAsync(visit.MeetingId, ct))
                        facts |= VisitFact.NotEncrypted;
                    if (visit.Make(move, facts, now).Refusal is { } refusal)
                        return refusal;
                    visit.ApprovedBy = me.Id;
                    visit.ExpiresAt = now + Visit.AnswerWithin;
                    if (visit.State == VisitState.Announced)
                        await TellPlatformAsync(visit, now, ct);
                    Say(visit, StepOf(visit), me.Id.ToString(), now);
                    return null;
                },
                ct
            );

        public Task<Outcome<VisitShape>> NoteAsync(VisitId id, string text, Viewer me, CancellationToken ct) =>
            WithAsync(
                id,
                me,
                (visit, now) =>
                {
                    if (visit.JoinedAt is null || visit.AskedBy != me.Id)
                        return Task.FromResult<Refusal?>(VisitRefusals.NotFound);
                    (visit.Note, visit.NoteBy, visit.NoteAt) = (text, me.Id, now);
                    Say(visit, "noted", me.Id.ToString(), now);
                    return Task.FromResult<Refusal?>(null);
                },
                ct
            );

        public Task<Outcome<VisitShape>> HearAsync(VisitId id, VisitOutcomeRequest request, CancellationToken ct) =>
            WithAsync(
                id,
                null,
                async (visit, now) =>
                {
                    var encrypted = request.EndToEndEncrypted || await IsEncryptedAsync(visit.MeetingId, ct);
                    var facts = encrypted ? VisitFact.None : VisitFact.NotEncrypted;
                    if (request.ParticipantsTold)
                        facts |= VisitFact.ParticipantsTold;
                    var move = request.Outcome switch
                    {
                        "joined" => VisitMove.Join,
                        "refused" => VisitMove.PlatformRefuses,
                        "left" => VisitMove.Leave,
                        _ => VisitMove.BecameEncrypted,
                    };
                    if (visit.Make(move, facts, now).Refusal is { } refusal)
                        return refusal;
                    if (visit.State == VisitState.Joined)
                        (visit.JoinedAt, visit.ExpiresAt) = (now, now + Visit.Longest);
                    Say(visit, StepOf(visit), PlatformActor, now);
                    return null;
                },
                ct
            );

        /// <summary>Closes what nobody answered in time, and what has lasted half an hour.</summary>
        public async Task SweepAsync(CancellationToken ct)
        {
            var due = await db
                .Database.SqlQuery<Guid>(
                    $"""select id as "Value" from visits where state <> 'Closed' and expires_at <= now() limit 100"""
                )
                .ToListAsync(ct);
            foreach (var id in due)
                await WithAsync(
                    new VisitId(id),
                    null,
                    (visit, now) =>
                    {
                        var facts = visit.ExpiresAt <= now ? VisitFact.TimePassed : VisitFact.None;
                        var refusal = visit.Make(VisitMove.TimePasses, facts, now).Refusal;
                        if (refusal is null)
                            Say(visit, StepOf(visit), ClockActor, now);
                        return Task.FromResult(refusal);
                    },
                    ct
                );
        }

        private async Task<Outcome<VisitShape>> WithAsync(
            VisitId id,
            Viewer? me,
            Func<Visit, DateTimeOffset, Task<Refusal?>> act,
            CancellationToken ct
        )
        {
            db.ChangeTracker.Clear();
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var caseId = await db.Visits.Where(v => v.Id == id).Select(v => (CaseId?)v.CaseId).SingleOrDefaultAsync(ct);
            if (caseId is null || await CaseLocks.TakeAsync(db, caseId.Value, me, ct) is null)
                return VisitRefusals.NotFound;
            var visit = await db.Visits.SingleAsync(v => v.Id == id, ct);
            if (await act(visit, await db.NowAsync(ct)) is { } refusal)
                return refusal;
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return await ShapeAsync(db, visit, ct);
        }

        private Task<bool> IsEncryptedAsync(MeetingId id, CancellationToken ct) =>
            db.Meetings.AnyAsync(m => m.Id == id && m.EndToEndEncrypted, ct);

        private async Task TellPlatformAsync(Visit visit, DateTimeOffset now, CancellationToken ct)
        {
            var meeting = await db
                .Meetings.Where(m => m.Id == visit.MeetingId)
                .Select(m => m.ExternalId)
                .SingleAsync(ct);
            var id = EventId.New(now);
            var said = new VisitRequested(
                id.ToString(),
                visit.Id.ToString(),
                meeting,
                visit.ReasonCode,
                visit.ExpiresAt,
                now
            );
            db.Say(VisitRequested.Kind, said, now, id).CaseId = visit.CaseId.Value;
        }

        private void Say(Visit visit, string step, string actor, DateTimeOffset now)
        {
            var end = visit.End is { } known ? Words.Of(known) : null;
            var line = db.Say(
                VisitMoved.Kind,
                new VisitMoved(visit.CaseId.ToString(), visit.Id.ToString(), step, end),
                now
            );
            (line.CaseId, line.Actor) = (visit.CaseId.Value, actor);
        }

        private static string StepOf(Visit visit) => Words.Of(visit.State);
    }
}
