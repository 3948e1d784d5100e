// Labels on accounts, devices and meetings: POST and GET /v1/labels, POST /v1/labels/{id}:remove (triage.md 4.1).
using System.Security.Claims;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Labels;
using Moderation.Domain.Meetings;
using Moderation.Domain.Staff;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class KeepLabels
{
    public sealed class Validator : AbstractValidator<LabelRequest>
    {
        public Validator()
        {
            RuleFor(r => r.SubjectKind)
                .Must(k => Words.TryRead<LabelSubject>(k, out _))
                .WithMessage("account, device or meeting.");
            RuleFor(r => r.Subject).NotEmpty().MaximumLength(64);
            RuleFor(r => r.Code).Matches("^[a-z][a-z0-9_]{1,39}$");
            RuleFor(r => r.Meaning)
                .Must(m => Words.TryRead<LabelMeaning>(m, out _))
                .WithMessage("good, neutral or bad.");
            RuleFor(r => r.Reason).NotEmpty().MaximumLength(1_000);
        }
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/v1/labels", PostAsync)
            .WithMetadata(new NeedsIdempotencyKey())
            .Validate<LabelRequest>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Set a label with an end");
        routes
            .MapGet("/v1/labels", ListAsync)
            .RequireAuthorization(Policies.SeeCases)
            .WithSummary("All labels of a subject, ended ones too, each with its source");
        routes
            .MapPost("/v1/labels/{id}:remove", RemoveAsync)
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Remove a label before its end; a repeat is harmless");
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> PostAsync(
        LabelRequest request,
        HttpContext http,
        ClaimsPrincipal caller,
        Idempotency idempotency,
        Handler handler,
        CancellationToken ct
    )
    {
        if (Idempotency.KeyOf(http.Request) is not { } key)
            return Idempotency.KeyMissing.ToProblem();
        var me = Viewer.Of(caller);
        var outcome = await idempotency.RunAsync(
            caller.Subject(),
            key,
            request,
            StatusCodes.Status201Created,
            () => handler.SetAsync(request, me, ct),
            ct
        );
        return outcome.Match<Results<ContentHttpResult, ProblemHttpResult>>(
            answer => Idempotency.Send(http, answer),
            refusal => refusal.ToProblem()
        );
    }

    private static async Task<Ok<Page<LabelShape>>> ListAsync(
        string subject,
        ModerationDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        // As many as one subject ever has; there is no paging to lose one in.
        var labels = await db
            .Labels.AsNoTracking()
            .Where(l => l.Subject == subject)
            .OrderByDescending(l => l.StartsAt)
            .Take(1_000)
            .ToListAsync(ct);
        var people = labels
            .Select(l => StaffId.TryParse(l.SetBy, null, out var who) ? who : (StaffId?)null)
            .OfType<StaffId>()
            .Distinct()
            .ToList();
        var names = await db
            .Staff.AsNoTracking()
            .Where(s => people.Contains(s.Id))
            .ToDictionaryAsync(s => s.Id.ToString(), s => s.Pseudonym, ct);
        var now = clock.GetUtcNow();
        return TypedResults.Ok(
            new Page<LabelShape>(
                [.. labels.Select(l => ShapeOf(l, names.GetValueOrDefault(l.SetBy, l.SetBy), now))],
                null
            )
        );
    }

    private static async Task<Results<Ok<LabelShape>, ProblemHttpResult>> RemoveAsync(
        LabelId id,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.RemoveAsync(id, Viewer.Of(caller), ct);
        return outcome.Match<Results<Ok<LabelShape>, ProblemHttpResult>>(
            label => TypedResults.Ok(label),
            refusal => refusal.ToProblem()
        );
    }

    private static LabelShape ShapeOf(Label label, string setBy, DateTimeOffset now) =>
        new(
            label.Id.ToString(),
            Words.Of(label.SubjectKind),
            label.Subject,
            label.Code,
            Words.Of(label.Meaning),
            label.Reason,
            setBy,
            label.StartsAt,
            label.EndsAt,
            label.RemovedAt,
            label.CountsAt(now)
        );

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        /// <summary>Runs in the transaction that <see cref="Idempotency"/> holds.</summary>
        public async Task<Outcome<LabelShape>> SetAsync(LabelRequest request, Viewer me, CancellationToken ct)
        {
            Words.TryRead<LabelSubject>(request.SubjectKind, out var kind);
            Words.TryRead<LabelMeaning>(request.Meaning, out var meaning);
            var now = clock.GetUtcNow();
            if (request.Code is Label.Protected or Label.KnownGood && !me.Senior)
                return LabelRefusals.SeniorNeeded;
            var longest = Label.Longest(request.Code);
            if (request.EndsAt <= now || request.EndsAt > now + longest)
                return LabelRefusals.EndOutOfRange(longest);
            if (!await ExistsAsync(kind, request.Subject, ct))
                return LabelRefusals.SubjectUnknown;
            var label = new Label
            {
                Id = LabelId.New(now),
                SubjectKind = kind,
                Subject = request.Subject,
                Code = request.Code,
                Meaning = meaning,
                SetBy = me.Id.ToString(),
                Reason = request.Reason,
                StartsAt = now,
                EndsAt = request.EndsAt,
            };
            db.Labels.Add(label);
            db.Say(
                LabelSet.Kind,
                new LabelSet(label.Id.ToString(), request.SubjectKind, label.Subject, label.Code),
                now
            ).Actor = me.Id.ToString();
            await db.SaveChangesAsync(ct);
            return ShapeOf(label, me.Pseudonym, now);
        }

        public async Task<Outcome<LabelShape>> RemoveAsync(LabelId id, Viewer me, CancellationToken ct)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var found = await db
                .Labels.FromSql($"select * from labels where id = {id.Value} for update")
                .ToListAsync(ct);
            if (found is not [var label])
                return LabelRefusals.NotFound;
            if (label.Code is Label.Protected or Label.KnownGood && !me.Senior)
                return LabelRefusals.SeniorNeeded;
            var now = clock.GetUtcNow();
            if (label.RemovedAt is null)
            {
                (label.RemovedAt, label.RemovedBy) = (now, me.Id.ToString());
                db.Say(
                    LabelRemoved.Kind,
                    new LabelRemoved(label.Id.ToString(), Words.Of(label.SubjectKind), label.Subject, label.Code),
                    now
                ).Actor = me.Id.ToString();
            }
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return ShapeOf(label, me.Pseudonym, now);
        }

        private Task<bool> ExistsAsync(LabelSubject kind, string subject, CancellationToken ct)
        {
            if (kind == LabelSubject.Account)
                return AccountId.TryParse(subject, null, out var account)
                    ? db.Accounts.AnyAsync(a => a.Id == account, ct)
                    : Task.FromResult(false);
            if (kind == LabelSubject.Meeting)
                return MeetingId.TryParse(subject, null, out var meeting)
                    ? db.Meetings.AnyAsync(m => m.Id == meeting, ct)
                    : Task.FromResult(false);
            return Bytes.TryRead(subject, 32, out var kid)
                ? db.Devices.AnyAsync(d => d.Kid == kid, ct)
                : Task.FromResult(false);
        }
    }
}
