// Decides a case: POST /v1/decisions closes it, ends the claim and puts the action in force, all in one transaction.
using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Opening;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Features.Http;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public static class DecideCase
{
    public sealed class Validator : AbstractValidator<DecisionRequest>
    {
        public Validator()
        {
            RuleFor(r => r.CaseId).Must(id => CaseId.TryParse(id, null, out _)).WithMessage("This is not a case id.");
            RuleFor(r => r.Outcome)
                .Must(outcome => Words.TryRead<DecisionOutcome>(outcome, out _))
                .WithMessage("This is not an outcome.");
            RuleFor(r => r.Action).Must(DecisionRules.Actions.Contains).WithMessage("This is not an action.");
            RuleFor(r => r.Rationale).NotEmpty().MaximumLength(4_000);
            RuleFor(r => r.Clause).MaximumLength(64);
            RuleFor(r => r.Measures).Must(m => m is not { Count: > 20 }).WithMessage("At most 20 measures.");
            RuleFor(r => r.Citations).Must(c => c is not { Count: > 50 }).WithMessage("At most 50 citations.");
            RuleForEach(r => r.Citations)
                .Must(c => c is { } && ReportId.TryParse(c.ReportId, null, out _))
                .WithMessage("A citation names a report id.");
        }
    }

    public static Refusal IfMatchMissing { get; } =
        new(RefusalKind.Precondition, "version.if-match-missing", "If-Match with the case's ETag is needed.");

    public static Refusal ClaimMissing { get; } =
        new(RefusalKind.Precondition, "claim.missing", $"{ClaimHeader.Name}: clm_…;fence=N is needed.");

    /// <summary>A citation as it is stored: with the digest of the sealed bytes, which identifies them when they are gone.</summary>
    private sealed record StoredCitation(
        string ReportId,
        int Segment,
        double? FromSeconds,
        double? ToSeconds,
        string Digest
    );

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/decisions", PostAsync)
            .WithMetadata(new NeedsIdempotencyKey())
            .Validate<DecisionRequest>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Decide a case under a claim");

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> PostAsync(
        DecisionRequest request,
        HttpContext http,
        ClaimsPrincipal caller,
        Idempotency idempotency,
        Handler handler,
        CancellationToken ct
    )
    {
        if (Idempotency.KeyOf(http.Request) is not { } key)
            return Idempotency.KeyMissing.ToProblem();
        var ifMatch = http.Request.Headers.IfMatch.ToString();
        if (ifMatch.Length == 0)
            return IfMatchMissing.ToProblem();
        if (!ClaimHeader.TryRead(http.Request, out var claim))
            return ClaimMissing.ToProblem();

        var me = Viewer.Of(caller);
        var outcome = await idempotency.RunAsync(
            caller.Subject(),
            key,
            request,
            StatusCodes.Status201Created,
            () => handler.HandleAsync(request, claim, ifMatch, me, ct),
            ct
        );
        if (outcome.Refusal is { Kind: RefusalKind.Stale } stale)
            return (await handler.ExplainAsync(stale, request, me, ct)).ToProblem();
        return outcome.Match<Results<ContentHttpResult, ProblemHttpResult>>(
            answer => Idempotency.Send(http, answer),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, DecisionRules rules, PolicyDocument policy)
    {
        /// <summary>Runs in the transaction that <see cref="Idempotency"/> holds; a refusal undoes all of it.</summary>
        public async Task<Outcome<DecisionShape>> HandleAsync(
            DecisionRequest request,
            ClaimHeader claim,
            string ifMatch,
            Viewer me,
            CancellationToken ct
        )
        {
            var judged = rules.Judge(request);
            if (judged.Refusal is { } unfit)
                return unfit;
            CaseId.TryParse(request.CaseId, null, out var id);
            var seen = await db.Cases.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
            if (seen is null || !me.MaySee(seen))
                return CaseRefusals.NotFound;
            AccountId? subject = seen.SubjectKind == SubjectKind.Account ? new AccountId(seen.SubjectId) : null;
            if (judged.Value.Sanction is not null && subject is null)
                return DecisionRefusals.SubjectNotAccount;

            // Everybody locks in this order: account, case, claim.
            if (judged.Value.Sanction is not null)
                await EnforcementLedger.LockAsync(db, subject!.Value, ct);
            var now = await db.NowAsync(ct);
            var decided = (
                await db.Cases.FromSql($"select * from cases where id = {id.Value} for update").ToListAsync(ct)
            ).Single();
            if (!await EndClaimAsync(claim, id, me, now, ct))
                return CaseRefusals.ClaimLost;
            if (ifMatch != string.Create(CultureInfo.InvariantCulture, $"\"{decided.Version}\""))
                return CaseRefusals.VersionConflict;
            var version = decided.Version;
            if (decided.Make(CaseMove.Decide).Refusal is { } cannot)
                return cannot;

            var citations = await ResolveAsync(request, id, ct);
            if (citations is null)
                return DecisionRefusals.CitationUnresolved;
            if (judged.Value.NeedsCitation && citations.Count == 0)
                return DecisionRefusals.CitationMissing;
            var opened = await db.Events.AnyAsync(
                e => e.CaseId == id.Value && e.Kind == SegmentsOpened.Kind && e.Actor == me.Id.ToString(),
                ct
            );
            if (!opened && !request.DecidedWithoutViewing && await HasEvidenceAsync(id, ct))
                return DecisionRefusals.EvidenceNotOpened;

            var decision = DecisionOf(request, judged.Value, id, version, citations, opened, me, now);
            decided.ClosedAt = now;
            if (decision.Severity is { } severity)
                (decided.Severity, decided.SeverityIsEstimate) = (severity, false);
            db.Decisions.Add(decision);
            await SettleAsync(id, decision.Outcome, ct);
            Say(decision, now);
            if (judged.Value.Sanction is { } sanction)
                await EnforcementLedger.ApplyAsync(db, decision, subject!.Value, sanction, now, ct);
            await db.SaveChangesAsync(ct);
            return CaseDetails.ShapeOf(decision, me.Pseudonym);
        }

        // triage.md 2.3: the reports end with their case.
        private Task<int> SettleAsync(CaseId id, DecisionOutcome outcome, CancellationToken ct)
        {
            var became =
                outcome == DecisionOutcome.InsufficientEvidence
                    ? ReportDisposition.Unverifiable
                    : ReportDisposition.Resolved;
            return db
                .ReportSubjects.Where(s => s.CaseId == id && s.Disposition == ReportDisposition.Attached)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.Disposition, became), ct);
        }

        private Task<bool> HasEvidenceAsync(CaseId id, CancellationToken ct) =>
            db.ReportSubjects.AnyAsync(s => s.CaseId == id && db.ReportSegments.Any(x => x.ReportId == s.ReportId), ct);

        /// <summary>Adds to a stale answer who changed the case, when, what, and how it is now (triage.md 7).</summary>
        public async Task<Refusal> ExplainAsync(Refusal stale, DecisionRequest request, Viewer me, CancellationToken ct)
        {
            CaseId.TryParse(request.CaseId, null, out var id);
            var now = await db.Cases.AsNoTracking().SingleAsync(c => c.Id == id, ct);
            var detail = await CaseDetails.ReadAsync(db, now, me, ct);
            var last = detail.History.LastOrDefault(line => !Unchanging.Contains(line.Kind));
            return stale with
            {
                Facts = new Dictionary<string, object?>
                {
                    ["changed_by"] = last?.Actor,
                    ["changed_at"] = last?.At,
                    ["changed"] = last?.Text,
                    ["current"] = detail,
                },
            };
        }

        // Lines of the history that leave the case's version as it is.
        private static readonly string[] Unchanging =
        [
            CaseViewed.Kind,
            CaseClaimed.Kind,
            CaseReleased.Kind,
            SegmentsOpened.Kind,
            OpeningRefused.Kind,
        ];

        // One statement is the test and the act: a claim that has ended in any way changes no row.
        private async Task<bool> EndClaimAsync(
            ClaimHeader claim,
            CaseId id,
            Viewer me,
            DateTimeOffset now,
            CancellationToken ct
        ) =>
            await db
                .Claims.Where(c => c.Id == claim.Id && c.Fence == claim.Fence && c.CaseId == id && c.StaffId == me.Id)
                .Where(c => c.ReleasedAt == null && c.LeaseExpiresAt > now)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(c => c.ReleasedAt, now).SetProperty(c => c.End, ClaimEnd.Done),
                    ct
                ) == 1;

        // Null when one of them points at nothing.
        private async Task<List<StoredCitation>?> ResolveAsync(DecisionRequest request, CaseId id, CancellationToken ct)
        {
            List<StoredCitation> resolved = [];
            foreach (var citation in request.Citations ?? [])
            {
                ReportId.TryParse(citation.ReportId, null, out var report);
                var segment = await db
                    .ReportSegments.AsNoTracking()
                    .Where(s => s.ReportId == report && s.Index == citation.Segment)
                    .Where(s => db.ReportSubjects.Any(x => x.ReportId == report && x.CaseId == id))
                    .SingleOrDefaultAsync(ct);
                if (segment is null || !LiesWithin(citation, segment))
                    return null;
                resolved.Add(
                    new StoredCitation(
                        citation.ReportId,
                        citation.Segment,
                        citation.FromSeconds,
                        citation.ToSeconds,
                        Bytes.ToText(segment.CiphertextHash)
                    )
                );
            }
            return resolved;
        }

        private static bool LiesWithin(CitationShape citation, ReportSegment segment)
        {
            var from = citation.FromSeconds ?? 0;
            var to = citation.ToSeconds ?? from;
            // Rounded, since a time in seconds that came from milliseconds may not come back to the very same number.
            return from >= 0 && to >= from && Math.Round(to * 1_000) <= segment.DurationMs;
        }

        private Decision DecisionOf(
            DecisionRequest request,
            JudgedDecision judged,
            CaseId id,
            int version,
            List<StoredCitation> citations,
            bool opened,
            Viewer me,
            DateTimeOffset now
        ) =>
            new()
            {
                Id = DecisionId.New(now),
                CaseId = id,
                CaseVersion = version,
                Outcome = judged.Outcome,
                Clause = judged.Clause?.Code,
                PolicyVersion = policy.Version,
                Severity = judged.Severity,
                Action = request.Action,
                RecommendedAction = judged.Recommended?.Action ?? "none",
                ActionParameters = judged.NeedsCitation
                    ? JsonSerializer.Serialize(
                        new
                        {
                            request.Measures,
                            request.Scope,
                            request.DurationSeconds,
                        },
                        ModerationDb.Json
                    )
                    : null,
                Rationale = request.Rationale,
                Citations = JsonSerializer.Serialize(citations, ModerationDb.Json),
                EvidenceOpened = opened,
                DecidedBy = me.Id,
                DecidedAt = now,
            };

        private void Say(Decision decision, DateTimeOffset now)
        {
            var line = db.Say(
                CaseDecided.Kind,
                new CaseDecided(
                    decision.CaseId.ToString(),
                    decision.Id.ToString(),
                    Words.Of(decision.Outcome),
                    decision.Clause,
                    decision.Action
                ),
                now
            );
            (line.CaseId, line.Actor) = (decision.CaseId.Value, decision.DecidedBy.ToString());
        }
    }
}
